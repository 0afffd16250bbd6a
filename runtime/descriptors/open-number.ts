/** The number of a descriptor that a caller passes to a foreign call. */
import type { Descriptor } from '../codec/index.js';
import { systemError } from '../errors.js';

/**
 * What koffi would take for a number without a word is refused: 1.5 would be descriptor 1, NaN 0.
 *
 * @throws SystemError EBADF
 */
export function openNumber(operation: string, descriptor: Descriptor | undefined): number {
  const fd: unknown = descriptor?.fd;
  if (typeof fd === 'number' && fd >= 0 && fd === (fd | 0)) return fd;
  const shown = typeof fd === 'number' || fd === undefined ? String(fd) : typeof fd;
  throw systemError('EBADF', operation, `descriptor ${shown}`);
}
