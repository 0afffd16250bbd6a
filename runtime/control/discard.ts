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
/** What one sender may have: a packet's more, at most. */
const mostOfOneSender = 64;
/** Of all senders together: a table of 1,024 is not filled. */
const mostOfAll = 512;
/** Descriptors that do not block are closed long before, even on a busy machine. */
const patienceMs = 250;

interface Waiting {
  readonly fd: number;
  readonly closed: () => void;
}

const waiting: Waiting[] = [];
let closing = 0;

/** Descriptors of all senders that are still being closed, or wait for their turn. */
export function beingClosed(): number {
  return waiting.length + closing;
}

/** Whoever sends descriptors. */
export interface DescriptorSender {
  /** It need not wait any more: `Discarded.mustWait`. */
  readonly resume: () => void;
  /** The last of its descriptors is closed. */
  readonly allClosed: () => void;
}

/**
 * Descriptors of one sender that are on their way to be closed, and count against this process's limit.
 * A sender with too many waits a moment until they are; if they hang, it is taken no more from.
 */
export class Discarded {
  #count = 0;
  #patience: NodeJS.Timeout | undefined;
  readonly #sender: DescriptorSender;

  constructor(sender: DescriptorSender) {
    this.#sender = sender;
  }

  /** How many are not closed yet. */
  get count(): number {
    return this.#count;
  }

  /** Whether there are as many as one sender may have, or all together. */
  get isFull(): boolean {
    return this.#count >= mostOfOneSender || beingClosed() >= mostOfAll;
  }

  /** Whether nothing should be received from the sender until it is told to resume. */
  get mustWait(): boolean {
    return this.#patience !== undefined;
  }

  /** Closes descriptors and empties the list: memfds at once, whatever else may be in the thread pool, two at a time. */
  readonly add = (fds: OwnedFd[]): void => {
    for (const fd of fds) {
      if (fd.closed) continue;
      if (isMemfd(fd)) fd.close();
      else this.#enqueue(fd.take());
    }
    fds.length = 0;
    closeNext();
  };

  #enqueue(fd: number): void {
    this.#count++;
    waiting.push({ fd, closed: () => this.#closed() });
    if (this.isFull) this.#patience ??= setTimeout(() => this.#resume(), patienceMs);
  }

  #closed(): void {
    this.#count--;
    if (this.#count > 0) return;
    if (this.mustWait) this.#resume();
    this.#sender.allClosed();
  }

  #resume(): void {
    clearTimeout(this.#patience);
    this.#patience = undefined;
    this.#sender.resume();
  }
}

function closeNext(): void {
  while (closing < atOnce) {
    const next = waiting.shift();
    if (next === undefined) return;
    closing++;
    close(next.fd, () => {
      closing--;
      next.closed();
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
