/** Which schemas are earlier revisions of a schema, told from the file names in `history/`. */
import { existsSync, readdirSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';

/** The folder, beside the schemas, of their earlier and later revisions. */
export const historyFolder = 'history';

/**
 * The earlier revisions of a schema, oldest first.
 *
 * The revisions of `vm_control.ksy` are `history/vm_control_v1.ksy`, `history/vm_control_v2.ksy` and
 * so on, newer ones included. The schema itself is the revision whose number is the first one free:
 * with v1 and v3 in the history it is v2, so that v1 is earlier than it, and both are earlier than v3.
 */
export function earlierRevisions(file: string): readonly string[] {
  const folder = dirname(file);
  const inHistory = basename(resolve(folder)) === historyFolder;
  const history = inHistory ? folder : join(folder, historyFolder);
  const [, family = '', number] = /^(.*?)(?:_v(\d+))?\.ksy$/.exec(basename(file)) ?? [];
  if (family === '' || (inHistory && number === undefined)) return [];

  const revisions = numberedRevisions(history, inHistory ? family : basename(file, '.ksy'));
  const current = join(history, '..', `${family}.ksy`);
  let free = 1;
  while (revisions.has(free)) free += 1;
  if (inHistory && existsSync(current)) revisions.set(free, current);

  const own = inHistory ? Number(number) : free;
  return [...revisions]
    .filter(([revision]) => revision < own)
    .toSorted(([a], [b]) => a - b)
    .map(([, path]) => path);
}

function numberedRevisions(history: string, family: string): Map<number, string> {
  const revisions = new Map<number, string>();
  if (!existsSync(history)) return revisions;
  for (const name of readdirSync(history)) {
    const [, number] = /_v([1-9]\d*)\.ksy$/.exec(name) ?? [];
    if (number !== undefined && name === `${family}_v${number}.ksy`)
      revisions.set(Number(number), join(history, name));
  }
  return revisions;
}
