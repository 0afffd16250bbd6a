/** The schemas that tests work on: the project's own, and samples. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { formatDiagnostic } from '../codegen/report/diagnostics.js';
import type { Protocol } from '../codegen/model/protocol.js';
import { readProtocol } from '../codegen/read/index.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The schemas in a folder of the repository, none if there is no such folder. */
export function schemasIn(folder: string): string[] {
  const path = join(root, folder);
  if (!existsSync(path)) return [];
  return readdirSync(path)
    .filter((name) => name.endsWith('.ksy'))
    .toSorted()
    .map((name) => join(path, name));
}

/** `vm_control` and its other revisions, whose output is committed. */
export const ownSchemas: readonly string[] = [
  ...schemasIn('schema'),
  ...schemasIn('schema/history'),
];

/** Schemas of every kind that the dialect can express. */
export const sampleSchemas: readonly string[] = schemasIn('test/codegen/samples');

/**
 * Reads a schema that must be right.
 *
 * @throws Error with the diagnostics if it is not
 */
export async function protocolOf(file: string): Promise<Protocol> {
  const { protocol, diagnostics } = await readProtocol(file);
  if (protocol !== undefined) return protocol;
  throw new Error(diagnostics.map(formatDiagnostic).join('\n'));
}
