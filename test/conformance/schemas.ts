/** Which schemas there are to test with. */
import { existsSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Protocol } from '../../codegen/protocol.js';
import { readProtocol } from '../../codegen/read/index.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** The schemas in a folder of the repository, by their paths in it. */
export function schemasIn(folder: string): string[] {
  const path = join(root, folder);
  if (!existsSync(path)) return [];
  return readdirSync(path)
    .filter((name) => name.endsWith('.ksy'))
    .toSorted()
    .map((name) => join(path, name));
}

/** Every schema of the project, the present ones and those of the past. */
export function projectSchemas(): string[] {
  return [...schemasIn('schema'), ...schemasIn('schema/history')];
}

/** Schemas that try what the project's own don't have. */
export function sampleSchemas(): string[] {
  return schemasIn('test/codegen/samples');
}

/**
 * Reads a schema that must be right.
 *
 * @throws Error with the diagnostics if it is not
 */
export async function protocolOf(file: string): Promise<Protocol> {
  const { protocol, diagnostics } = await readProtocol(file);
  if (protocol !== undefined) return protocol;
  const problems = diagnostics.map(
    ({ location, message }) => `${location?.line ?? 1}:${location?.column ?? 1} ${message}`,
  );
  throw new Error(`${relative(root, file)} has mistakes:\n${problems.join('\n')}`);
}
