/** Eventfds: counters that threads, processes and KVM signal each other with. */
import { readlinkSync } from 'node:fs';
import { NativeBlock } from '../../native/block.js';
import {
  EFD_CLOEXEC,
  EFD_NONBLOCK,
  EFD_SEMAPHORE,
  eventfd,
  read,
  write,
} from '../../native/eventfd.js';
import { errno } from '../../native/errno.js';
import { lastErrno } from '../../native/library.js';
import { F_GETFL, fcntl } from '../../native/fd.js';
import type { Descriptor } from '../codec/index.js';
import { openNumber } from '../descriptors/open-number.js';
import { OwnedFd, own } from '../descriptors/owned-fd.js';
import { SystemError, systemError } from '../errors.js';
import { eventLoop } from '../events/event-loop.js';
import type { WaitOptions } from '../events/patience.js';
import { WaitingLine } from '../events/waiting-line.js';
import { checkBigint, checkInteger, invalidArgument } from '../arguments.js';

/** What to create. */
export interface EventFdOptions {
  /** The counter's first value, 0 to 2^32-1. */
  readonly initial?: number | undefined;
  /** Each read takes 1 from the counter, not all of it. */
  readonly semaphore?: boolean | undefined;
}

/** An eventfd on its way to another thread: post it as it is, and call `EventFd.fromToken` there. */
export interface EventFdToken {
  /** A duplicate that belongs to whoever takes the token; one that nobody takes stays open. */
  readonly fd: number;
}

let counter: NativeBlock | undefined;

/** Before a number is owned, and so closed one day: it may be somebody else's. @throws SystemError EINVAL, EBADF */
function checkKind(operation: string, fd: number): void {
  let target: string;
  try {
    target = readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    throw systemError('EBADF', operation, `fd ${fd}`);
  }
  if (target === 'anon_inode:[eventfd]') return;
  throw invalidArgument(operation, 'descriptor', fd, 'an eventfd');
}

/**
 * An eventfd, not blocking and closed on exec.
 *
 * @example
 * using event = EventFd.create();
 * event.write();
 * event.read(); // 1n
 * event.read(); // undefined
 */
export class EventFd implements Descriptor, Disposable {
  readonly #owned: OwnedFd;
  #readers: WaitingLine | undefined;

  private constructor(owned: OwnedFd) {
    this.#owned = owned;
  }

  /** @throws SystemError EINVAL, EMFILE, ENFILE, ENOMEM */
  static create(options: EventFdOptions = {}): EventFd {
    const { initial = 0, semaphore = false } = options;
    checkInteger('eventfd', 'initial', initial, 0, 0xffff_ffff);
    const fd = eventfd(initial, EFD_CLOEXEC | EFD_NONBLOCK | (semaphore ? EFD_SEMAPHORE : 0));
    if (fd === -1) throw new SystemError(lastErrno(), 'eventfd');
    return new EventFd(own(fd, 'eventfd'));
  }

  /**
   * Takes over an eventfd that was received: the descriptor is taken, unless this throws.
   *
   * @throws SystemError EINVAL if it is something else, or blocks
   */
  static adopt(owned: OwnedFd): EventFd {
    if (!(owned instanceof OwnedFd)) {
      throw invalidArgument('adopt', 'descriptor', owned, 'an OwnedFd');
    }
    const { fd } = owned;
    checkKind('adopt', fd);
    if ((fcntl(fd, F_GETFL, 0) & EFD_NONBLOCK) === 0) {
      throw invalidArgument('adopt', 'descriptor', fd, 'an eventfd that does not block');
    }
    return new EventFd(own(owned.take(), 'eventfd'));
  }

  /** Takes over what another thread's `token` gave. */
  static fromToken(token: EventFdToken): EventFd {
    checkKind('fromToken', openNumber('fromToken', token));
    return new EventFd(own(token.fd, 'eventfd'));
  }

  /** @throws SystemError EBADF after `close` */
  get fd(): number {
    return this.#owned.fd;
  }

  get closed(): boolean {
    return this.#owned.closed;
  }

  /**
   * Adds to the counter, and wakes whoever waits for it.
   *
   * @param value 0 to 2^64-2
   * @throws SystemError EAGAIN if the counter would pass 2^64-2, EBADF
   */
  write(value = 1n): void {
    checkBigint('write', 'value', value, 0n, 2n ** 64n - 2n);
    counter ??= new NativeBlock(8);
    counter.view.setBigUint64(0, value, true);
    if (write(this.fd, counter.address, 8) === -1) {
      throw new SystemError(lastErrno(), 'write', `eventfd ${this.fd}`);
    }
  }

  /**
   * Takes the counter's value.
   *
   * @returns undefined if it is 0
   * @throws SystemError EBADF
   */
  read(): bigint | undefined {
    counter ??= new NativeBlock(8);
    if (read(this.fd, counter.address, 8) !== -1) return counter.view.getBigUint64(0, true);
    const number = lastErrno();
    if (number === errno.EAGAIN) return undefined;
    throw new SystemError(number, 'read', `eventfd ${this.fd}`);
  }

  /**
   * Takes the counter's value as soon as it is not 0, without blocking; several wait in line.
   *
   * @throws SystemError ETIMEDOUT, ECANCELED (it was closed), EBADF; the signal's reason
   *
   * @example
   * const doorbell = EventFd.create();
   * vm.registerIoevent(doorbell, IoeventAddress.pio(0x600n));
   * await doorbell.readAsync({ timeoutMs: 1000 });
   */
  readAsync(options?: WaitOptions): Promise<bigint> {
    this.#readers ??= new WaitingLine(this, 'readable', 'eventfd');
    return this.#readers.run('read', () => this.read(), options);
  }

  /** A duplicate of the descriptor, to be posted to another thread of this process. */
  token(): EventFdToken {
    return { fd: this.#owned.duplicate().take() };
  }

  /** Closes it, and tells whoever waits ECANCELED; a second time does nothing. */
  close(): void {
    if (this.closed) return;
    if (this.#readers !== undefined) eventLoop.release(this);
    this.#owned.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
