/** Which schemas to compile, and reading them and their earlier revisions. */
import { existsSync, readdirSync } from 'node:fs';
import { join, normalize } from 'node:path';
import type { CompileInput } from './compile.js';
import type { Diagnostic } from '../report/diagnostics.js';
import { CompilerFailure } from '../report/failure.js';
import { readProtocol } from '../read/index.js';
import { earlierRevisions, historyFolder } from './revisions.js';

const schemaFolder = 'schema';

/**
 * The schemas that are compiled if none is named: `schema/*.ksy` and `schema/history/*.ksy`.
 *
 * @throws CompilerFailure `NO_SCHEMAS`
 */
export function defaultSchemas(): readonly string[] {
  const found = [schemaFolder, join(schemaFolder, historyFolder)].flatMap((folder) =>
    existsSync(folder)
      ? readdirSync(folder)
          .filter((name) => name.endsWith('.ksy'))
          .toSorted()
          .map((name) => join(folder, name))
      : [],
  );
  if (found.length === 0)
    throw new CompilerFailure(
      'NO_SCHEMAS',
      schemaFolder,
      `no schema in ${schemaFolder}/`,
      'name one: vmwire-codegen generate path/to/protocol.ksy',
    );
  return found;
}

/** What reading gave. With any error among the diagnostics, `inputs` is empty. */
export interface ReadSchemas {
  readonly inputs: readonly CompileInput[];
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Reads schemas, each with its earlier revisions. A mistake in an earlier revision counts too,
 * because the documentation compares with it.
 *
 * @param kaitai whether the Kaitai compiler checks the schemas too (earlier revisions that are not
 * among `files` it never does)
 */
export async function readSchemas(files: readonly string[], kaitai = true): Promise<ReadSchemas> {
  const named = [...new Set(files.map((file) => normalize(file)))];
  const families = named.map((file) => ({ file, earlier: earlierRevisions(file) }));
  const all = new Set(families.flatMap(({ file, earlier }) => [file, ...earlier]));
  // All at once: while Kaitai's thread checks one, this thread reads the next.
  const results = new Map(
    await Promise.all(
      [...all].map(async (file) => {
        const result = await readProtocol(file, { kaitai: kaitai && named.includes(file) });
        return [file, result] as const;
      }),
    ),
  );
  const diagnostics = [...results.values()].flatMap((result) => result.diagnostics).filter(isFirst);
  const inputs: CompileInput[] = [];
  for (const { file, earlier } of families) {
    const protocol = results.get(file)?.protocol;
    const revisions = earlier.map((each) => results.get(each)?.protocol);
    // One mistake anywhere, and there is nothing to compile.
    if (protocol === undefined || !revisions.every((each) => each !== undefined))
      return { inputs: [], diagnostics };
    inputs.push({ protocol, revisions });
  }
  return { inputs, diagnostics };
}

/** A warning that is about no place in a schema, such as a package that is not installed, is said once. */
function isFirst(diagnostic: Diagnostic, index: number, all: readonly Diagnostic[]): boolean {
  const { code, severity, location } = diagnostic;
  if (severity === 'error' || location !== undefined) return true;
  return all.findIndex((each) => each.code === code) === index;
}
