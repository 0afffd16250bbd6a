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
  closeSync,
  constants,
  fchmodSync,
  lchownSync,
  lstatSync,
  openSync,
  unlinkSync,
} from 'node:fs';
import { dirname, resolve } from 'node:path';
import { errno } from '../../native/errno.js';
import { LOCK_EX, LOCK_NB, flock } from '../../native/fd.js';
import { lastErrno } from '../../native/library.js';
import { SystemError, systemError } from '../errors.js';

/** Who may open the socket. */
export interface FileAccess {
  /** Permissions of the file, 0600 unless told: who can't write it can't connect. */
  readonly mode?: number | undefined;
  /** The group of the file, the process's own unless told. */
  readonly gid?: number | undefined;
}

/** What binding needs of a socket; each returns 0 or an errno. */
export interface Binder {
  readonly fd: number;
  bind(): number;
  /** The errno of connecting a new datagram socket to the path. */
  probe(): number;
}

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
    this.#made = lstatSync(this.#path, { bigint: true, throwIfNoEntry: false });
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
        file.#open(access);
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

  #open(access: FileAccess): void {
    try {
      if (access.gid !== undefined) lchownSync(this.#path, -1, access.gid);
      if (access.mode !== undefined && access.mode !== privateMode) {
        chmodSync(this.#path, access.mode);
      }
    } catch (error) {
      throw fromNode(error, 'access', this.#path);
    }
  }

  /** Removes the file if it is still ours. Call it before the socket closes: until then nobody can take the path over. */
  remove(): void {
    boundFiles.delete(this);
    const found = lstatSync(this.#path, { bigint: true, throwIfNoEntry: false });
    if (found === undefined || this.#made === undefined) return;
    if (found.dev !== this.#made.dev || found.ino !== this.#made.ino) return;
    try {
      unlinkSync(this.#path);
    } catch {
      // The directory has become unwritable, or is gone: the next server finds a dead socket there.
    }
  }
}

const boundFiles = new Set<SocketFile>();

process.once('exit', () => {
  for (const file of boundFiles) file.remove();
});

function removeStale(path: string, binder: Binder): void {
  const before = lstatSync(path, { bigint: true, throwIfNoEntry: false });
  if (before === undefined) return;
  if (!before.isSocket()) {
    throw systemError('EADDRINUSE', 'bind', `${path}: there is a file that is no socket`);
  }
  const answer = binder.probe();
  if (answer !== errno.ECONNREFUSED) {
    throw systemError('EADDRINUSE', 'bind', `${path}: a live socket is there`);
  }
  const after = lstatSync(path, { bigint: true, throwIfNoEntry: false });
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
