/** Mapped memory with checked reads and writes. */
import {
  F_SEAL_SHRINK,
  MAP_ANONYMOUS,
  MAP_NORESERVE,
  MAP_PRIVATE,
  MAP_SHARED,
  PROT_READ,
  PROT_WRITE,
} from '../../native/memory.js';
import { openNumber } from '../descriptors/open-number.js';
import type { Descriptor } from '../codec/index.js';
import { type SystemError, systemError } from '../errors.js';
import { DirectAccess, GuardedAccess, type MemoryAccess } from './access.js';
import {
  checkBigint,
  checkBytes,
  checkInteger,
  checkPages,
  invalidArgument,
} from '../arguments.js';
import { isOrdinaryMemory, querySeals, querySize } from './backing.js';
import { MappedRange, windowSize } from './mapped-range.js';

/** A kind of typed array that can lie over mapped memory. */
export interface ViewConstructor<T> {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBuffer, byteOffset: number, length: number): T;
}

/** How memory is mapped. */
export interface MapOptions {
  /** Where in the memory the mapping begins, in bytes, whole pages. */
  readonly offset?: number | undefined;
  /** Nothing can be written through it. */
  readonly readOnly?: boolean | undefined;
  /** Map it although the memory is smaller: what lies past its end is EFAULT. */
  readonly allowShort?: boolean | undefined;
  /** Its name in messages. */
  readonly name?: string | undefined;
}

let rangeOf: (mapping: MemoryMapping) => MappedRange;

/** The address of a mapping, for foreign calls. Not public: an address outlives every check. */
export function mappingAddress(mapping: MemoryMapping): number {
  return rangeOf(mapping).address;
}

/**
 * Memory of a descriptor, mapped into this process.
 *
 * Integers are little-endian; offsets are bytes. Aligned integers never tear, whoever else writes;
 * unaligned ones are moved byte by byte. Every access is checked: outside of the mapping it throws
 * `SystemError` EINVAL, after `close` EBADF, a write to a read-only mapping EACCES. Memory that its
 * owner can still shrink is read and written through the kernel: slower, without views, and EFAULT
 * once it is gone.
 *
 * @example
 * const memory = SharedMemory.create({ name: 'frame', size: 8192 });
 * const mapping = MemoryMapping.map(memory, 8192);
 * mapping.writeUint32(16, 0xcafe);
 * mapping.readUint8(16); // 0xfe
 * mapping.close();
 * memory.close();
 */
export class MemoryMapping implements Disposable {
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  readonly readOnly: boolean;
  readonly #range: MappedRange;
  readonly #access: MemoryAccess;
  /** Whether views over it can be had: its memory can't vanish. */
  readonly viewable: boolean;
  #limit: number;
  #writeLimit: number;
  #pins = 0;

  static {
    rangeOf = (mapping) => {
      if (mapping.closed) throw mapping.#refusal('address', 0, 0);
      return mapping.#range;
    };
  }

  private constructor(range: MappedRange, name: string, readOnly: boolean, viewable: boolean) {
    this.name = name;
    this.size = range.size;
    this.readOnly = readOnly;
    this.viewable = viewable;
    this.#range = range;
    this.#access = viewable ? new DirectAccess(range) : new GuardedAccess(range, name);
    this.#limit = range.size;
    this.#writeLimit = readOnly ? 0 : range.size;
  }

  /**
   * Maps shared memory. The descriptor stays the caller's, and may be closed at once.
   *
   * @param size bytes, whole pages
   * @throws SystemError EINVAL if size or offset is not whole pages or the memory is smaller, and what
   *   mmap says: EACCES, EBADF, EINVAL, ENODEV, ENOMEM, EPERM
   */
  static map(descriptor: Descriptor, size: number, options: MapOptions = {}): MemoryMapping {
    const { offset = 0, readOnly = false, allowShort = false } = options;
    const fd = openNumber('mmap', descriptor);
    const name = options.name ?? `fd ${fd}`;
    checkPages('mmap', 'size', size);
    if (offset !== 0) checkPages('mmap', 'offset', offset);
    const seals = querySeals(fd, name);
    const sealed = seals !== undefined && (seals & F_SEAL_SHRINK) !== 0;
    // Sealed first, measured afterwards: in this order what was measured stays true.
    const fits = (sealed || !allowShort) && querySize(fd, name) >= offset + size;
    if (!allowShort && !fits) {
      const held = querySize(fd, name);
      throw invalidArgument('mmap', 'size', size, `within the ${held} bytes behind ${name}`);
    }
    const viewable = sealed && fits && isOrdinaryMemory(fd, name);
    const protection = readOnly ? PROT_READ : PROT_READ | PROT_WRITE;
    const range = MappedRange.map(size, protection, MAP_SHARED, fd, offset, name);
    return new MemoryMapping(range, name, readOnly, viewable);
  }

  /**
   * Zeroed memory of this process alone, taken from the system page by page as it is touched.
   *
   * @param size bytes, whole pages
   * @throws SystemError EINVAL, ENOMEM
   */
  static anonymous(size: number, name = 'anonymous memory'): MemoryMapping {
    checkPages('mmap', 'size', size);
    const flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
    const range = MappedRange.map(size, PROT_READ | PROT_WRITE, flags, -1, 0, name);
    return new MemoryMapping(range, name, false, true);
  }

  get closed(): boolean {
    return this.#limit === 0;
  }

  /** Whether a memory slot of a VM uses it. */
  get pinned(): boolean {
    return this.#pins > 0;
  }

  /**
   * Keeps it from being closed. Memory slots pin what they show to a guest: nobody but who has pinned it
   * can undo that.
   *
   * @returns undoes it; a second call does nothing
   * @throws SystemError EBADF if it is closed
   */
  pin(): () => void {
    if (this.closed) throw this.#refusal('pin', 0, 0);
    this.#pins++;
    let held = true;
    return () => {
      if (held) this.#pins--;
      held = false;
    };
  }

  /**
   * Unmaps it; a second time does nothing. Views that were handed out read zeros from now on.
   *
   * @throws SystemError EBUSY while a memory slot uses it
   */
  close(): void {
    if (this.closed) return;
    if (this.#pins > 0) throw systemError('EBUSY', 'close', `${this.name} (a memory slot uses it)`);
    this.#range.close();
    this.#access.close();
    this.#limit = 0;
    this.#writeLimit = 0;
  }

  [Symbol.dispose](): void {
    this.close();
  }

  readUint8(offset: number): number {
    this.#check('read', offset, 1);
    return this.#access.load8(offset);
  }

  readInt8(offset: number): number {
    return (this.readUint8(offset) << 24) >> 24;
  }

  readUint16(offset: number): number {
    this.#check('read', offset, 2);
    return this.#access.load16(offset);
  }

  readInt16(offset: number): number {
    return (this.readUint16(offset) << 16) >> 16;
  }

  readUint32(offset: number): number {
    this.#check('read', offset, 4);
    return this.#access.load32(offset);
  }

  readInt32(offset: number): number {
    return this.readUint32(offset) | 0;
  }

  readBigUint64(offset: number): bigint {
    this.#check('read', offset, 8);
    return this.#access.load64(offset);
  }

  readBigInt64(offset: number): bigint {
    return BigInt.asIntN(64, this.readBigUint64(offset));
  }

  /** Writes an integer, -128 to 255. The others alike: both the signed and the unsigned range. */
  writeUint8(offset: number, value: number): void {
    this.#checkWrite(offset, 1);
    checkInteger('write', 'value', value, -0x80, 0xff);
    this.#access.store8(offset, value & 0xff);
  }

  writeUint16(offset: number, value: number): void {
    this.#checkWrite(offset, 2);
    checkInteger('write', 'value', value, -0x8000, 0xffff);
    this.#access.store16(offset, value & 0xffff);
  }

  writeUint32(offset: number, value: number): void {
    this.#checkWrite(offset, 4);
    checkInteger('write', 'value', value, -0x8000_0000, 0xffff_ffff);
    this.#access.store32(offset, value >>> 0);
  }

  writeBigUint64(offset: number, value: bigint): void {
    this.#checkWrite(offset, 8);
    checkBigint('write', 'value', value, -(2n ** 63n), 2n ** 64n - 1n);
    this.#access.store64(offset, BigInt.asUintN(64, value));
  }

  /** A copy of `length` bytes. */
  read(offset: number, length: number): Uint8Array {
    this.#check('read', offset, length);
    const copy = new Uint8Array(length);
    this.#access.copyOut(offset, copy);
    return copy;
  }

  /** Copies as many bytes as `target` has room for. */
  readInto(offset: number, target: Uint8Array): void {
    checkBytes('read', 'target', target);
    this.#check('read', offset, target.length);
    this.#access.copyOut(offset, target);
  }

  /** Copies all of `source` into the memory. */
  write(offset: number, source: Uint8Array): void {
    checkBytes('write', 'source', source);
    this.#checkWrite(offset, source.length);
    this.#access.copyIn(offset, source);
  }

  /** Sets `length` bytes to one value, 0 to 255. */
  fill(offset: number, length: number, value = 0): void {
    this.#checkWrite(offset, length);
    checkInteger('write', 'value', value, 0, 0xff);
    this.#access.fill(offset, length, value);
  }

  /**
   * A typed array over the memory itself, for Atomics, or to spare a copy. It may be kept: after
   * `close` it reads zeros. Its buffer can't be transferred to another thread.
   *
   * @param offset bytes, a multiple of the element's size
   * @param length elements
   * @throws SystemError EACCES if the mapping is read-only (a write would kill the process), EPERM if
   *   its owner can shrink the memory (a read would), EINVAL if it crosses a multiple of 1 GiB
   *
   * @example
   * const counter = mapping.view(Int32Array, 64, 1);
   * Atomics.add(counter, 0, 1);
   */
  view<T>(type: ViewConstructor<T>, offset: number, length: number): T {
    const bytes = length * type.BYTES_PER_ELEMENT;
    this.#check('view', offset, bytes);
    if (!this.viewable) {
      throw systemError('EPERM', 'view', `${this.name} (not sealed: its owner can shrink it)`);
    }
    if (this.readOnly) throw systemError('EACCES', 'view', `${this.name} (read-only: copy it)`);
    const start = offset % windowSize;
    if (start % type.BYTES_PER_ELEMENT !== 0 || start + bytes > windowSize) {
      throw invalidArgument('view', 'offset', offset, 'aligned, and within one GiB');
    }
    return new type(this.#range.exposedWindow(Math.floor(offset / windowSize)), start, length);
  }

  #check(operation: string, offset: number, length: number): void {
    if (!this.#within(offset, length, this.#limit)) throw this.#refusal(operation, offset, length);
  }

  #checkWrite(offset: number, length: number): void {
    if (!this.#within(offset, length, this.#writeLimit))
      throw this.#refusal('write', offset, length);
  }

  #within(offset: number, length: number, limit: number): boolean {
    const end = offset + length;
    return (
      Number.isSafeInteger(offset) &&
      Number.isSafeInteger(end) &&
      offset >= 0 &&
      offset <= end &&
      end <= limit &&
      limit > 0
    );
  }

  #refusal(operation: string, offset: number, length: number): SystemError {
    if (this.closed) return systemError('EBADF', operation, `${this.name} (closed)`);
    if (operation === 'write' && this.readOnly) {
      return systemError('EACCES', operation, `${this.name} (read-only)`);
    }
    const subject = `${this.name}, ${length} bytes at ${offset}`;
    return systemError('EINVAL', operation, `${subject} (it has ${this.size} bytes)`);
  }
}
