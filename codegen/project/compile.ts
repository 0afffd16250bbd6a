/** From checked protocols to the bytes of every generated file, in memory. */
import { CompilerFailure } from '../report/failure.js';
import type { Protocol } from '../model/protocol.js';

/** A generated file. `path` is relative to the output folder: `vm_control/vm_control.ts`. */
export interface OutputFile {
  readonly path: string;
  readonly text: string;
}

/** A protocol and the older revisions of it, oldest first. */
export interface CompileInput {
  readonly protocol: Protocol;
  readonly revisions: readonly Protocol[];
}

const safePath = /^(?:[A-Za-z0-9_][A-Za-z0-9_.-]*\/)*[A-Za-z0-9_][A-Za-z0-9_.-]*$/;

/**
 * Runs every emitter over every protocol. Nothing is read or written.
 *
 * @throws CompilerFailure if two protocols, or two emitters, claim the same file, or if a path would
 * leave the output folder
 */
export async function compile(inputs: readonly CompileInput[]): Promise<readonly OutputFile[]> {
  rejectSameIds(inputs);
  const { emitters } = await import('../emit/index.js');
  const files = new Map<string, OutputFile>();
  for (const { protocol, revisions } of inputs) {
    rejectUnsafe(protocol.name);
    for (const emit of emitters) {
      for (const { path, text } of await emit(protocol, { revisions })) {
        const file = { path: `${protocol.name}/${path}`, text };
        rejectUnsafe(file.path);
        if (files.has(file.path))
          throw new CompilerFailure(
            'SAME_FILE',
            file.path,
            `${file.path} would be generated twice`,
          );
        files.set(file.path, file);
      }
    }
  }
  return [...files.values()];
}

function rejectUnsafe(path: string): void {
  if (!safePath.test(path))
    throw new CompilerFailure('OUTSIDE', path, `${path}: not a path to generate`);
}

function rejectSameIds(inputs: readonly CompileInput[]): void {
  const seen = new Map<string, Protocol>();
  for (const { protocol } of inputs) {
    const other = seen.get(protocol.name);
    if (other !== undefined)
      throw new CompilerFailure(
        'SAME_ID',
        protocol.location.file,
        `${other.location.file} and ${protocol.location.file} have the same id: ${protocol.name}`,
        'each schema needs a `meta: id` of its own, because it names the folder of generated files',
      );
    seen.set(protocol.name, protocol);
  }
}
