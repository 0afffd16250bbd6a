/** Memory behind a descriptor, to be shared with guests, threads and other processes. */
import { fcntl } from '../../native/fd.js';
import { lastErrno } from '../../native/library.js';
import {
  F_ADD_SEALS,
  FALLOC_FL_KEEP_SIZE,
  FALLOC_FL_PUNCH_HOLE,
  MFD_ALLOW_SEALING,
  MFD_CLOEXEC,
  fallocate,
  ftruncate,
  memfd_create,
} from '../../native/memory.js';
import type { Descriptor } from '../codec/index.js';
import { openNumber } from '../descriptors/open-number.js';
import { OwnedFd, own } from '../descriptors/owned-fd.js';
import { SystemError } from '../errors.js';
import { checkInteger, checkPages, invalidArgument } from '../arguments.js';
import { type Seals, querySeals, querySize, sealBits } from './backing.js';
import { type MapOptions, MemoryMapping } from './mapping.js';

/** What to create. */
export interface SharedMemoryOptions {
  /** Bytes. */
  readonly size: number;
  /** Shown in /proc and in messages, at most 249 bytes. */
  readonly name?: string | undefined;
  /**
   * What to forbid for ever. By default the size is fixed (shrink, grow) and seals are final (seal),
   * which is what makes the memory safe to map for everyone.
   */
  readonly seals?: Partial<Seals> | undefined;
}

/** Shared memory on its way to another thread: post it as it is, and call `SharedMemory.fromToken` there. */
export interface SharedMemoryToken {
  /** A duplicate that belongs to whoever takes the token; one that nobody takes stays open. */
  readonly fd: number;
  readonly name: string;
}

const defaultSeals: Partial<Seals> = { shrink: true, grow: true, seal: true };

function bitsOf(seals: Partial<Seals>): number {
  let bits = 0;
  if (seals.shrink) bits |= sealBits.shrink;
  if (seals.grow) bits |= sealBits.grow;
  if (seals.write) bits |= sealBits.write;
  if (seals.futureWrite) bits |= sealBits.futureWrite;
  if (seals.seal) bits |= sealBits.seal;
  return bits;
}

/** A name that C can take: no zero byte, and short enough for the kernel. */
function checkName(name: string): void {
  if (name.includes('\0') || Buffer.byteLength(name) > 249) {
    throw invalidArgument(
      'memfd_create',
      'name',
      JSON.stringify(name),
      'at most 249 bytes, none zero',
    );
  }
}

/**
 * A memfd: memory that can be mapped, sent over a socket, and sealed.
 *
 * To share memory that others can only read, map it first and then seal `futureWrite`: a descriptor
 * opened read-only protects nothing, since anyone can open it again for writing through /proc.
 *
 * @example
 * using memory = SharedMemory.create({ name: 'frame', size: 1 << 20 });
 * using mapping = memory.map();
 * mapping.write(0, new TextEncoder().encode('hello'));
 */
export class SharedMemory implements Descriptor, Disposable {
  readonly #owned: OwnedFd;
  readonly name: string;

  private constructor(owned: OwnedFd, name: string) {
    this.#owned = owned;
    this.name = name;
  }

  /**
   * New memory, zeroed.
   *
   * @throws SystemError EINVAL if the size is no positive whole number or the name too long, EFBIG if
   *   the size is, EMFILE, ENFILE, ENOMEM, EPERM
   */
  static create(options: SharedMemoryOptions): SharedMemory {
    const { size, name = 'vmwire', seals = defaultSeals } = options;
    checkInteger('memfd_create', 'size', size, 1, Number.MAX_SAFE_INTEGER);
    checkName(name);
    const fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd === -1) throw new SystemError(lastErrno(), 'memfd_create', name);
    const memory = new SharedMemory(own(fd, `memfd ${name}`), name);
    try {
      if (ftruncate(fd, size) === -1) throw new SystemError(lastErrno(), 'ftruncate', name);
      memory.addSeals(seals);
    } catch (error) {
      memory.close();
      throw error;
    }
    return memory;
  }

  /**
   * Takes over memory that was received: the descriptor is taken, unless this throws. Only a memfd is
   * accepted, and asked for its seals before anything else: a descriptor of a hostile file system would
   * hold any other call for as long as its owner likes.
   *
   * @throws SystemError EINVAL if it's no memfd, EBADF
   */
  static adopt(owned: OwnedFd, name?: string): SharedMemory {
    if (!(owned instanceof OwnedFd)) {
      throw invalidArgument('adopt', 'memory', owned, 'an OwnedFd');
    }
    const subject = name ?? `fd ${owned.fd}`;
    if (querySeals(owned.fd, subject) === undefined) {
      throw invalidArgument('adopt', 'memory', subject, 'a memfd');
    }
    return new SharedMemory(own(owned.take(), `memfd ${subject}`), subject);
  }

  /** Takes over what another thread's `token` gave. */
  static fromToken(token: SharedMemoryToken): SharedMemory {
    const fd = openNumber('fromToken', token);
    const { name } = token;
    // Before the number is owned, and so closed one day: it may be somebody else's.
    if (querySeals(fd, name) === undefined) {
      throw invalidArgument('fromToken', 'memory', fd, 'a memfd');
    }
    return new SharedMemory(own(fd, `memfd ${name}`), name);
  }

  /** @throws SystemError EBADF after `close` */
  get fd(): number {
    return this.#owned.fd;
  }

  get closed(): boolean {
    return this.#owned.closed;
  }

  /** Bytes, as the kernel says at this moment: whoever else has it may change it unless it is sealed. */
  get size(): number {
    return querySize(this.fd, this.name);
  }

  /** What is forbidden for ever. */
  get seals(): Seals {
    const bits = querySeals(this.fd, this.name) ?? 0;
    return {
      shrink: (bits & sealBits.shrink) !== 0,
      grow: (bits & sealBits.grow) !== 0,
      write: (bits & sealBits.write) !== 0,
      futureWrite: (bits & sealBits.futureWrite) !== 0,
      seal: (bits & sealBits.seal) !== 0,
    };
  }

  /**
   * Forbids more.
   *
   * @throws SystemError EPERM if seals are final, EBUSY if `write` is asked for while it is mapped
   */
  addSeals(seals: Partial<Seals>): void {
    const bits = bitsOf(seals);
    if (bits === 0) return;
    if (fcntl(this.fd, F_ADD_SEALS, bits) === -1) {
      throw new SystemError(lastErrno(), 'F_ADD_SEALS', this.name);
    }
  }

  /**
   * Maps `size` bytes of it, all of it by default.
   *
   * @throws SystemError as `MemoryMapping.map`
   */
  map(options: MapOptions & { readonly size?: number | undefined } = {}): MemoryMapping {
    const size = options.size ?? this.size - (options.offset ?? 0);
    return MemoryMapping.map(this, size, { name: this.name, ...options });
  }

  /**
   * Gives whole pages back to the system; they read as zeros from then on, for everyone.
   *
   * @throws SystemError EINVAL, EPERM if it is sealed against writing
   */
  punchHole(offset: number, length: number): void {
    checkInteger('fallocate', 'offset', offset, 0, Number.MAX_SAFE_INTEGER);
    checkPages('fallocate', 'length', length);
    const mode = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE;
    if (fallocate(this.fd, mode, offset, length) === -1) {
      throw new SystemError(lastErrno(), 'fallocate', this.name);
    }
  }

  /** A duplicate of the descriptor, to be posted to another thread of this process. */
  token(): SharedMemoryToken {
    return { fd: this.#owned.duplicate().take(), name: this.name };
  }

  /** Closes the descriptor; a second time does nothing. Mappings stay as they are. */
  close(): void {
    this.#owned.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
