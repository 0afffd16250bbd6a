/**
 * The file of a socket that is bound to a path: made with its mode, taken over from a dead server,
 * removed when the socket closes.
 *
 * A file is replaced only if all of this holds: we have the lock on its directory, lstat says that it
 * is a socket, and nothing is bound to it. A datagram socket that connects is told ECONNREFUSED then
 * and only then: a bound socket of another type, listening or not yet, answers EPROTOTYPE.
 */
import {
  type BigIntStats,
  chmodSync,
  chownSync,
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  lstatSync,
  openSync,
  unlinkSync,
} from 'node:fs';
import { dirname, resolve } from 'node:path';
import { errno } from '../../native/errno.js';
import { LOCK_EX, LOCK_NB, flock } from '../../native/fd.js';
import { lastErrno } from '../../native/library.js';
import { SystemError, systemError } from '../errors.js';
import { checkInteger } from '../arguments.js';

/** Who may open the socket. */
export interface FileAccess {
  /** Permissions of the file, 0600 unless told: who can't write it can't connect. */
  readonly mode?: number | undefined;
  /** The group of the file, the process's own unless told. */
  readonly gid?: number | undefined;
}

/** @throws SystemError EINVAL */
export function checkFileAccess(operation: string, { mode, gid }: FileAccess): void {
  if (mode !== undefined) checkInteger(operation, 'access.mode', mode, 0, 0o777);
  if (gid !== undefined) checkInteger(operation, 'access.gid', gid, 0, highestId);
}

/** The highest number of a user or a group: one more means none (chown(2)). */
export const highestId = 0xffff_fffe;

/** What binding needs of a socket; each returns 0 or an errno. */
export interface Binder {
  readonly fd: number;
  bind(): number;
  /** The errno of connecting a new datagram socket to the path. */
  probe(): number;
}

/** Opens the file itself, whatever kind it is (asm-generic/fcntl.h; Node has no name for it). */
const O_PATH = 0o10000000;

/** The mode while the socket is made, and afterwards unless the owner asks for more. */
const privateMode = 0o600;

/** How long to wait for another server that holds the lock, in milliseconds. */
const lockPatience = 2_000;
const lockPause = 10;

/** A socket's file, as long as it is the one that we made. */
export class SocketFile {
  readonly #path: string;
  readonly #made: BigIntStats | undefined;

  private constructor(path: string) {
    // The working directory may have changed when it is time to remove the file.
    this.#path = resolve(path);
    this.#made = find(this.#path);
  }

  /**
   * Binds a socket to a path, then calls `ready` (which listens) before the lock is given up.
   *
   * @throws SystemError EADDRINUSE if something else is there, or a live socket; EACCES, ENOENT, …
   */
  static bind(path: string, binder: Binder, access: FileAccess, ready: () => void): SocketFile {
    const lock = lockDirectory(path);
    try {
      // Before bind this is the mode that the file gets; afterwards it has no effect.
      fchmodSync(binder.fd, privateMode);
      let failure = binder.bind();
      if (failure === errno.EADDRINUSE) {
        removeStale(path, binder);
        failure = binder.bind();
      }
      if (failure !== 0) throw new SystemError(failure, 'bind', path);
      const file = new SocketFile(path);
      try {
        ready();
        file.#share(access);
      } catch (error) {
        file.remove();
        throw error;
      }
      boundFiles.add(file);
      return file;
    } finally {
      closeSync(lock);
    }
  }

  /** Gives the file its group, then its mode. */
  #share({ mode = privateMode, gid }: FileAccess): void {
    if (mode === privateMode && gid === undefined) return;
    let handle: number | undefined;
    try {
      // Never by its path: who may write the directory could have put a symbolic link there.
      handle = openSync(this.#path, O_PATH | constants.O_NOFOLLOW);
      if (!this.#isOurs(fstatSync(handle, { bigint: true }))) {
        throw systemError('EADDRINUSE', 'bind', `${this.#path}: something else has just appeared`);
      }
      const itself = `/proc/self/fd/${handle}`;
      if (gid !== undefined) chownSync(itself, -1, gid);
      chmodSync(itself, mode);
    } catch (error) {
      throw fromNode(error, 'access', this.#path);
    } finally {
      if (handle !== undefined) closeSync(handle);
    }
  }

  #isOurs(found: BigIntStats): boolean {
    return found.dev === this.#made?.dev && found.ino === this.#made.ino;
  }

  /** Removes the file if it is still ours. Call it before the socket closes: until then nobody can take the path over. */
  remove(): void {
    boundFiles.delete(this);
    try {
      const found = find(this.#path);
      if (found !== undefined && this.#isOurs(found)) unlinkSync(this.#path);
    } catch {
      // The directory has become unwritable, or is gone: the next server finds a dead socket there.
    }
  }
}

const boundFiles = new Set<SocketFile>();

process.once('exit', () => {
  for (const file of boundFiles) file.remove();
});

/** What is at a path, without following it. @throws SystemError */
function find(path: string): BigIntStats | undefined {
  try {
    return lstatSync(path, { bigint: true, throwIfNoEntry: false });
  } catch (error) {
    throw fromNode(error, 'lstat', path);
  }
}

/** What no answer of the path's can be: this process or the system has run out of something. */
const exhausted: readonly number[] = [errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOBUFS];

function removeStale(path: string, binder: Binder): void {
  const before = find(path);
  if (before === undefined) return;
  if (!before.isSocket()) {
    throw systemError('EADDRINUSE', 'bind', `${path}: there is a file that is no socket`);
  }
  const answer = binder.probe();
  if (exhausted.includes(answer)) throw new SystemError(answer, 'probe', path);
  if (answer !== errno.ECONNREFUSED) {
    throw systemError('EADDRINUSE', 'bind', `${path}: a live socket is there`);
  }
  const after = find(path);
  if (after === undefined) return;
  if (after.ino !== before.ino || after.dev !== before.dev) {
    throw systemError('EADDRINUSE', 'bind', `${path}: something else has just appeared there`);
  }
  try {
    unlinkSync(path);
  } catch (error) {
    throw fromNode(error, 'remove a dead socket', path);
  }
}

/** A descriptor of the path's directory that holds the lock until it's closed. */
function lockDirectory(path: string): number {
  const directory = dirname(path);
  let fd: number;
  try {
    fd = openSync(directory, constants.O_RDONLY | constants.O_DIRECTORY);
  } catch (error) {
    throw fromNode(error, 'open', directory);
  }
  const deadline = Date.now() + lockPatience;
  while (flock(fd, LOCK_EX | LOCK_NB) < 0) {
    const failure = lastErrno();
    const patient = failure === errno.EAGAIN || failure === errno.EINTR;
    if (!patient || Date.now() > deadline) {
      closeSync(fd);
      throw new SystemError(failure, 'lock', directory);
    }
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, lockPause);
  }
  return fd;
}

/** Node's own errors of the file system carry the errno as a negative number. */
function fromNode(error: unknown, operation: string, subject: string): unknown {
  if (!(error instanceof Error) || !('errno' in error) || typeof error.errno !== 'number') {
    return error;
  }
  return new SystemError(-error.errno, operation, subject, { cause: error });
}
