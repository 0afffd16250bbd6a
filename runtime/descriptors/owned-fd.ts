/** Descriptors that close exactly once. */
import { close, F_DUPFD_CLOEXEC, F_GETFD, fcntl } from '../../native/fd.js';
import { lastErrno } from '../../native/library.js';
import type { Descriptor } from '../codec/index.js';
import { SystemError, systemError } from '../errors.js';
import { shareKind } from '../kind.js';
import { forget, remember } from './leak-report.js';
import { openNumber } from './open-number.js';

let make: (fd: number, what: string) => OwnedFd;

/** Owns a number that the kernel has just given to this process. Not public: nothing is checked. */
export function own(fd: number, what: string): OwnedFd {
  return make(fd, what);
}

/**
 * An open descriptor that belongs to this object: it is closed once, by `close`, by the end of a
 * `using` block, or by whoever takes the number.
 *
 * @example
 * using copy = received.duplicate();
 */
export class OwnedFd implements Descriptor, Disposable {
  static {
    shareKind(this, 'OwnedFd');
  }

  #fd: number;
  /** What it is, for error messages: `memfd ram`, `received descriptor`. */
  readonly what: string;

  static {
    make = (fd, what) => new OwnedFd(fd, what);
  }

  private constructor(fd: number, what: string) {
    this.#fd = fd;
    this.what = what;
    remember(this, fd, what);
  }

  /**
   * Takes ownership of an open number that nobody else will close: one that was inherited, or that
   * `fs.openSync` gave.
   *
   * @throws SystemError EBADF if it is not open
   *
   * @example
   * import { openSync } from 'node:fs';
   *
   * using folder = OwnedFd.adopt(openSync('/tmp', 'r'));
   */
  static adopt(fd: number, what = `fd ${fd}`): OwnedFd {
    if (fcntl(openNumber('adopt', { fd }), F_GETFD, 0) < 0) {
      throw new SystemError(lastErrno(), 'adopt', what);
    }
    return new OwnedFd(fd, what);
  }

  /**
   * The number, borrowed: it is valid until this object closes.
   *
   * @throws SystemError EBADF once it is closed or taken
   */
  get fd(): number {
    if (this.#fd < 0) throw systemError('EBADF', 'use a closed descriptor:', this.what);
    return this.#fd;
  }

  get closed(): boolean {
    return this.#fd < 0;
  }

  /** Gives the number up without closing it: the caller closes it. @throws SystemError EBADF */
  take(): number {
    const { fd } = this;
    this.#release();
    return fd;
  }

  /** Another descriptor of the same open file, close-on-exec (fcntl(2), F_DUPFD_CLOEXEC). @throws SystemError EBADF, EMFILE */
  duplicate(): OwnedFd {
    const fd = fcntl(this.fd, F_DUPFD_CLOEXEC, 0);
    if (fd < 0) throw new SystemError(lastErrno(), 'duplicate', this.what);
    return new OwnedFd(fd, this.what);
  }

  /** Closes it if it is still open; closing twice does nothing. */
  close(): void {
    if (this.#fd < 0) return;
    const fd = this.#fd;
    this.#release();
    // Whatever close answers, the number is free: there is nothing to repeat or to report.
    close(fd);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #release(): void {
    this.#fd = -1;
    forget(this);
  }
}
