/** Generating: schemas in, changed files out. */
import { resolve } from 'node:path';
import { compile } from './compile.js';
import type { Diagnostic } from '../report/diagnostics.js';
import { type Difference, compareOutput, writeOutput } from './output.js';
import { defaultSchemas, readSchemas } from './schemas.js';

/** What to generate, and where. */
export interface GenerateOptions {
  /** Files; none means `schema/*.ksy` and `schema/history/*.ksy`. */
  readonly schemas?: readonly string[];
  /** The output folder; `generated` if left out. */
  readonly out?: string;
}

/** How the output folder differed, or why nothing could be generated. */
export interface GenerateResult {
  /** False if a schema has a mistake: then nothing was compared or written. */
  readonly ok: boolean;
  readonly diagnostics: readonly Diagnostic[];
  readonly differences: readonly Difference[];
  /** How many files belong in the folder. */
  readonly files: number;
}

/**
 * Compares the output folder with what the schemas say. Writes nothing.
 *
 * @throws CompilerFailure for whatever is wrong outside the schemas
 */
export async function compareGenerated(options: GenerateOptions = {}): Promise<GenerateResult> {
  const named = options.schemas ?? [];
  const reading = readSchemas(named.length > 0 ? named : defaultSchemas());
  // Loaded while Kaitai's thread works; compile reports it if that fails.
  await import('../emit/index.js').catch(() => undefined);
  const { inputs, diagnostics } = await reading;
  if (inputs.length === 0) return { ok: false, diagnostics, differences: [], files: 0 };
  const files = await compile(inputs);
  // Schemas that were named share the folder with others; without names, all of it is ours.
  const owned = named.length > 0 ? inputs.map(({ protocol }) => protocol.name) : undefined;
  const differences = compareOutput(resolve(options.out ?? 'generated'), files, owned);
  return { ok: true, diagnostics, differences, files: files.length };
}

/**
 * Writes what is missing or changed, and removes files that the compiler once generated and no
 * longer does. With a mistake in any schema, nothing is written.
 *
 * @throws CompilerFailure for whatever is wrong outside the schemas
 */
export async function generate(options: GenerateOptions = {}): Promise<GenerateResult> {
  const result = await compareGenerated(options);
  if (result.ok) writeOutput(resolve(options.out ?? 'generated'), result.differences);
  return result;
}
