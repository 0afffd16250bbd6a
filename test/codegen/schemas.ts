/** The schemas that tests work on: the project's own, and the samples that stand beside this file. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Protocol } from '../../codegen/protocol.js';
import { readProtocol } from '../../codegen/read/index.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));

function schemasIn(...folders: readonly string[]): string[] {
  const found = folders.flatMap((folder) =>
    readdirSync(join(root, folder))
      .filter((name) => name.endsWith('.ksy'))
      .map((name) => join(root, folder, name)),
  );
  return found.toSorted();
}

/** `vm_control` and its other revisions, whose output is committed. */
export const ownSchemas: readonly string[] = schemasIn('schema', 'schema/history');

/** Schemas of every kind that the dialect can express. */
export const sampleSchemas: readonly string[] = schemasIn('test/codegen/samples');

/** @throws Error with the diagnostics if the schema has mistakes */
export async function protocolOf(schema: string): Promise<Protocol> {
  const { protocol, diagnostics } = await readProtocol(schema);
  if (protocol === undefined) throw new Error(`${schema}: ${JSON.stringify(diagnostics)}`);
  return protocol;
}
