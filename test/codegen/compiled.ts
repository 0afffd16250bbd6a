/** Generates protocols into a folder of their own and compiles them as strictly as the project itself. */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript-6';
import type { Emitter } from '../../codegen/emit/emitter.js';
import type { Protocol } from '../../codegen/model/protocol.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));

/**
 * Writes what the emitters give for each protocol to `dist/NAME/<protocol>/`, and compiles it there.
 *
 * Under `dist`, `vmwire/codec` resolves to this package; outside `dist/test` and `dist/generated`,
 * the test runner does not find the generated tests by itself.
 *
 * @returns the folder
 * @throws Error with the compiler's messages if something does not type-check
 */
export async function compileProtocols(
  name: string,
  protocols: readonly Protocol[],
  emitters: readonly Emitter[],
): Promise<string> {
  const folder = join(root, 'dist', name);
  await rm(folder, { recursive: true, force: true });
  const sources: string[] = [];
  for (const protocol of protocols) {
    for (const emit of emitters) {
      for (const { path, text } of await emit(protocol, { revisions: [] })) {
        const file = join(folder, protocol.name, path);
        await mkdir(dirname(file), { recursive: true });
        await writeFile(file, text);
        if (path.endsWith('.ts')) sources.push(file);
      }
    }
  }
  compile(sources);
  return folder;
}

function compile(sources: readonly string[]): void {
  const config: unknown = ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile).config;
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
  const program = ts.createProgram(sources, {
    ...options,
    types: [],
    declaration: false,
    incremental: false,
    rootDir: root,
    outDir: root,
  });
  const { diagnostics } = program.emit();
  const all = [...ts.getPreEmitDiagnostics(program), ...diagnostics];
  if (all.length === 0) return;
  throw new Error(
    ts.formatDiagnostics(all, {
      getCurrentDirectory: () => root,
      getCanonicalFileName: (file) => file,
      getNewLine: () => '\n',
    }),
  );
}
