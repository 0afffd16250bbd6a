/** Runs golden vectors on the bindings of one language and tells which ones they get wrong. */
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { emitVectors } from '../../codegen/emit/vectors.js';
import type { Protocol } from '../../codegen/model/protocol.js';
import type { Vector, VectorFile } from '../../codegen/cases/vector-file.js';
import { type Language, writeBindings } from '../conformance/languages.js';

export interface VectorRun {
  readonly count: number;
  /** `name: expected …, got …` for each vector whose result is not the recorded one. */
  readonly failures: readonly string[];
}

/**
 * Generates the bindings, compiles them with the language's harness, and feeds it every vector.
 *
 * @param change plants a fault in the text of the bindings
 */
export async function runVectors(
  language: Language,
  protocol: Protocol,
  change?: (text: string) => string,
): Promise<VectorRun> {
  const folder = await mkdtemp(join(tmpdir(), `vmwire-${language.name}-`));
  try {
    await writeBindings(language, protocol, folder, change);
    const [command = '', ...args] = await language.build(protocol, 'vectors', folder);
    const vectors = await vectorsOf(protocol);
    const { stdout, stderr, status } = spawnSync(command, args, {
      input: vectors.map((vector) => `${JSON.stringify(vector)}\n`).join(''),
      encoding: 'utf8',
      maxBuffer: 1 << 28,
    });
    const lines = stdout.split('\n');
    const failures = vectors.flatMap((vector, index) => {
      const got: unknown = JSON.parse(lines[index] || 'null');
      const expected = expectedLine(vector);
      if (isDeepStrictEqual(got, expected)) return [];
      return [`${vector.name}: expected ${JSON.stringify(expected)}, got ${JSON.stringify(got)}`];
    });
    if (status !== 0) failures.push(`the harness ended with status ${status}: ${stderr}`);
    return { count: vectors.length, failures };
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function vectorsOf(protocol: Protocol): Promise<readonly Vector[]> {
  const [file] = await emitVectors(protocol, { revisions: [] });
  // What the project's own emitter wrote a moment ago.
  const { vectors } = JSON.parse(file?.text ?? '') as VectorFile;
  return vectors;
}

/** What a harness answers if all is well. */
function expectedLine(vector: Vector): object {
  if (vector.op === 'encode') {
    if ('error' in vector.result) return { error: vector.result.error };
    return { bytes: vector.result.bytes, fds: upTo(vector.value.fds) };
  }
  if ('error' in vector.result) return { error: vector.result.error, left: upTo(vector.fds) };
  const { value, kept } = vector.result;
  const left = upTo(vector.fds).filter((fd) => !kept.includes(fd));
  return { variant: value.variant, fields: value.fields, kept, left };
}

function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}
