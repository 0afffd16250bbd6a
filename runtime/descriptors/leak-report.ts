/** With VMWIRE_DEBUG set: descriptors that are still open when the process exits, and who opened them. */

import { visible } from '../codec/quoted.js';

interface Opened {
  readonly fd: number;
  readonly what: string;
  readonly where: string;
}

const enabled = (process.env['VMWIRE_DEBUG'] ?? '') !== '';
const opened = enabled ? new Map<object, Opened>() : undefined;

if (opened !== undefined) {
  process.once('exit', () => {
    for (const { fd, what, where } of opened.values()) {
      process.stderr.write(
        `vmwire: descriptor ${fd} (${visible(what)}) was never closed; opened ${visible(where)}\n`,
      );
    }
  });
}

/** Where every descriptor is opened: it tells nothing. */
const ownFrames = /\/descriptors\/(owned-fd|leak-report)\./;

/** Notes that `owner` holds an open descriptor. */
export function remember(owner: object, fd: number, what: string): void {
  if (opened === undefined) return;
  const [, ...frames] = new Error('opened').stack?.split('\n') ?? [];
  const where = frames.filter((line) => !ownFrames.test(line)).slice(0, 5);
  opened.set(owner, { fd, what, where: where.map((line) => line.trim()).join(' ') });
}

/** Notes that `owner` holds it no more. */
export function forget(owner: object): void {
  opened?.delete(owner);
}
