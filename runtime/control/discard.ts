/**
 * Closing descriptors of strangers: `close` on a hostile file system blocks for as long as it likes.
 *
 * The kernel lets no signal interrupt it, not even SIGKILL, and closes what is open when a process
 * ends: a process that holds such a descriptor ends when the file system answers or is gone.
 */
import { close } from 'node:fs';
import { querySeals } from '../memory/backing.js';
import type { OwnedFd } from '../descriptors/owned-fd.js';

/** The thread pool has four threads, and others need them too. */
const atOnce = 2;
const waiting: number[] = [];
let closing = 0;

/** Descriptors that are still being closed, or wait for their turn. */
export function beingClosed(): number {
  return waiting.length + closing;
}

/**
 * Closes descriptors and empties the list: memfds at once, whatever else may be in the thread pool, two
 * at a time. Until then they count against this process's limit.
 */
export function discard(fds: OwnedFd[]): void {
  for (const fd of fds) {
    if (fd.closed) continue;
    if (isMemfd(fd)) fd.close();
    else waiting.push(fd.take());
  }
  fds.length = 0;
  closeNext();
}

function closeNext(): void {
  while (closing < atOnce) {
    const fd = waiting.shift();
    if (fd === undefined) return;
    closing++;
    close(fd, () => {
      closing--;
      closeNext();
    });
  }
}

function isMemfd({ fd, what }: OwnedFd): boolean {
  try {
    return querySeals(fd, what) !== undefined;
  } catch {
    return false;
  }
}
