/** Which schemas to compile, and reading them and their earlier revisions. */
import { existsSync, readdirSync } from 'node:fs';
import { join, normalize } from 'node:path';
import type { CompileInput } from './compile.js';
import type { Diagnostic } from './diagnostics.js';
import { CompilerFailure } from './failure.js';
import type { Protocol } from './protocol.js';
import { readProtocol } from './read/index.js';
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
  const named = new Set(files.map((file) => normalize(file)));
  const protocols = new Map<string, Protocol | undefined>();
  const diagnostics: Diagnostic[] = [];

  async function read(file: string): Promise<Protocol | undefined> {
    if (protocols.has(file)) return protocols.get(file);
    const result = await readProtocol(file, { kaitai: kaitai && named.has(file) });
    protocols.set(file, result.protocol);
    diagnostics.push(...result.diagnostics);
    return result.protocol;
  }

  const inputs: CompileInput[] = [];
  for (const file of named) {
    const protocol = await read(file);
    const revisions: Protocol[] = [];
    for (const earlier of earlierRevisions(file)) {
      const revision = await read(earlier);
      if (revision !== undefined) revisions.push(revision);
    }
    if (protocol !== undefined) inputs.push({ protocol, revisions });
  }
  const failed = [...protocols.values()].includes(undefined);
  return { inputs: failed ? [] : inputs, diagnostics };
}
