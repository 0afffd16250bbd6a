/** The RAM of a guest: regions of shared memory at guest physical addresses. */
import { type SystemError, systemError } from '../errors.js';
import { checkBigint, checkInteger, checkPages, invalidArgument, pageSize } from '../arguments.js';
import type { MemoryMapping, ViewConstructor } from './mapping.js';
import { SharedMemory, type SharedMemoryToken } from './shared-memory.js';

/** A guest physical address in bytes. x86-64 has at most 52 bits of them, so a number is exact too. */
export type Gpa = bigint | number;

/** Where a region of RAM lies. */
export interface RegionOptions {
  /** Its first address, whole pages. */
  readonly gpa: bigint;
  /** Bytes, whole pages. */
  readonly size: number;
}

/** One region of RAM. */
export interface GuestRegion {
  readonly gpa: bigint;
  readonly size: number;
  readonly mapping: MemoryMapping;
  /** What is mapped, to be sent to another process. */
  readonly memory: SharedMemory;
}

/** RAM on its way to another thread: post it as it is, and call `GuestMemory.fromToken` there. */
export interface GuestMemoryToken {
  readonly regions: readonly { readonly gpa: bigint; readonly memory: SharedMemoryToken }[];
}

interface Placed extends GuestRegion {
  readonly start: number;
  readonly end: number;
}

const addressLimit = 2n ** 52n;

/**
 * RAM that this process and a guest both see.
 *
 * Integers lie within one region and are little-endian unless told otherwise; copies may run from one
 * region into the next if no gap lies between. Anything else throws `SystemError` EFAULT. Aligned
 * little-endian integers never tear while the guest writes them.
 *
 * @example
 * using ram = GuestMemory.create([{ gpa: 0n, size: 1 << 20 }]);
 * ram.write(0x1000n, Uint8Array.of(0xf4));
 * ram.readUint8(0x1000n); // 0xf4
 */
export class GuestMemory implements Disposable {
  readonly #regions: readonly Placed[];
  #last: Placed | undefined;

  private constructor(regions: readonly Placed[]) {
    this.#regions = regions.toSorted((one, other) => one.start - other.start);
    this.#last = this.#regions[0];
  }

  /**
   * New zeroed RAM: memfds of fixed size.
   *
   * @throws SystemError EINVAL if regions overlap or are not whole pages, EMFILE, ENOMEM
   */
  static create(regions: readonly RegionOptions[], name = 'guest'): GuestMemory {
    checkRegions(regions);
    const opened: Placed[] = [];
    try {
      for (const { gpa, size } of regions) {
        opened.push(place(gpa, SharedMemory.create({ name, size })));
      }
    } catch (error) {
      opened.forEach(release);
      throw error;
    }
    return new GuestMemory(opened);
  }

  /**
   * Maps in this thread what another thread's `token` gave.
   *
   * @throws SystemError ENOMEM, EMFILE; the token is used up all the same
   */
  static fromToken(token: GuestMemoryToken): GuestMemory {
    const waiting = [...token.regions];
    const opened: Placed[] = [];
    try {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        opened.push(place(next.gpa, SharedMemory.fromToken(next.memory)));
      }
    } catch (error) {
      opened.forEach(release);
      GuestMemory.discardToken({ regions: waiting });
      throw error;
    }
    return new GuestMemory(opened);
  }

  /** Closes what a token holds that no thread lived to take. */
  static discardToken(token: GuestMemoryToken): void {
    for (const { memory } of token.regions) SharedMemory.fromToken(memory).close();
  }

  /** By address, lowest first. */
  get regions(): readonly GuestRegion[] {
    return this.#regions;
  }

  /** The address after the last. */
  get end(): bigint {
    return BigInt(this.#regions.at(-1)?.end ?? 0);
  }

  readUint8(gpa: Gpa): number {
    const region = this.#locate(gpa, 1);
    return region.mapping.readUint8(Number(gpa) - region.start);
  }

  readUint16(gpa: Gpa, littleEndian = true): number {
    const region = this.#locate(gpa, 2);
    const value = region.mapping.readUint16(Number(gpa) - region.start);
    return littleEndian ? value : swap16(value);
  }

  readUint32(gpa: Gpa, littleEndian = true): number {
    const region = this.#locate(gpa, 4);
    const value = region.mapping.readUint32(Number(gpa) - region.start);
    return littleEndian ? value : swap32(value);
  }

  readBigUint64(gpa: Gpa, littleEndian = true): bigint {
    const region = this.#locate(gpa, 8);
    const value = region.mapping.readBigUint64(Number(gpa) - region.start);
    return littleEndian ? value : swap64(value);
  }

  writeUint8(gpa: Gpa, value: number): void {
    const region = this.#locate(gpa, 1);
    region.mapping.writeUint8(Number(gpa) - region.start, value);
  }

  writeUint16(gpa: Gpa, value: number, littleEndian = true): void {
    const region = this.#locate(gpa, 2);
    const offset = Number(gpa) - region.start;
    region.mapping.writeUint16(offset, littleEndian ? value : swap16(unsigned(value, 16)));
  }

  writeUint32(gpa: Gpa, value: number, littleEndian = true): void {
    const region = this.#locate(gpa, 4);
    const offset = Number(gpa) - region.start;
    region.mapping.writeUint32(offset, littleEndian ? value : swap32(unsigned(value, 32)));
  }

  writeBigUint64(gpa: Gpa, value: bigint, littleEndian = true): void {
    const region = this.#locate(gpa, 8);
    const offset = Number(gpa) - region.start;
    region.mapping.writeBigUint64(offset, littleEndian ? value : swap64(unsigned64(value)));
  }

  /** A copy of `length` bytes. */
  read(gpa: Gpa, length: number): Uint8Array {
    if (!Number.isSafeInteger(length) || length < 0) throw outside(gpa, length);
    if (length > 0) this.#checkRange(gpa, length);
    const copy = new Uint8Array(length);
    this.readInto(gpa, copy);
    return copy;
  }

  /** Copies as many bytes as `target` has room for. */
  readInto(gpa: Gpa, target: Uint8Array): void {
    if (target.length > 0) this.#checkRange(gpa, target.length);
    for (let done = 0; done < target.length;) {
      const address = Number(gpa) + done;
      const region = this.#locate(address, 1);
      const length = Math.min(target.length - done, region.end - address);
      region.mapping.readInto(address - region.start, target.subarray(done, done + length));
      done += length;
    }
  }

  /** Copies all of `source`, or nothing. */
  write(gpa: Gpa, source: Uint8Array): void {
    if (source.length > 0) this.#checkRange(gpa, source.length);
    for (let done = 0; done < source.length;) {
      const address = Number(gpa) + done;
      const region = this.#locate(address, 1);
      const length = Math.min(source.length - done, region.end - address);
      region.mapping.write(address - region.start, source.subarray(done, done + length));
      done += length;
    }
  }

  /** A typed array over the RAM itself, as `MemoryMapping.view`; it lies within one region. */
  view<T>(type: ViewConstructor<T>, gpa: Gpa, length: number): T {
    const region = this.#locate(gpa, length * type.BYTES_PER_ELEMENT);
    return region.mapping.view(type, Number(gpa) - region.start, length);
  }

  /** Duplicates of its descriptors, to be posted to another thread. @throws SystemError EMFILE, EBADF */
  token(): GuestMemoryToken {
    const regions: GuestMemoryToken['regions'][number][] = [];
    try {
      for (const { gpa, memory } of this.#regions) regions.push({ gpa, memory: memory.token() });
    } catch (error) {
      GuestMemory.discardToken({ regions });
      throw error;
    }
    return { regions };
  }

  /**
   * Unmaps and closes every region; a second time does nothing.
   *
   * @throws SystemError EBUSY while a VM uses it
   */
  close(): void {
    if (this.#regions.some(({ mapping }) => mapping.pinned)) {
      throw systemError('EBUSY', 'close', 'guest memory (a VM uses it)');
    }
    this.#regions.forEach(release);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #locate(gpa: Gpa, length: number): Placed {
    const address = addressOf(gpa);
    const last = this.#last;
    if (last !== undefined && address >= last.start && address + length <= last.end) return last;
    const found = this.#regions.find(
      ({ start, end }) => address >= start && address + length <= end,
    );
    if (found === undefined) throw outside(gpa, length);
    this.#last = found;
    return found;
  }

  /** Checks that no gap lies in the range. */
  #checkRange(gpa: Gpa, length: number): void {
    const end = addressOf(gpa) + length;
    for (let address = addressOf(gpa); address < end;) {
      address = this.#locate(address, 1).end;
    }
  }
}

/** What JavaScript would make a number of, such as null, is no address. */
function addressOf(gpa: Gpa): number {
  if (typeof gpa === 'bigint' || typeof gpa === 'number') return Number(gpa);
  throw invalidArgument('guest memory', 'gpa', gpa, 'a bigint or a number');
}

function outside(gpa: Gpa, length: number): SystemError {
  const where = typeof gpa === 'bigint' ? `0x${gpa.toString(16)}` : String(gpa);
  return systemError('EFAULT', 'guest memory', `${length} bytes at gpa ${where}`);
}

function checkRegions(regions: readonly RegionOptions[]): void {
  const sorted = regions.toSorted((one, other) => (one.gpa < other.gpa ? -1 : 1));
  let end = 0n;
  for (const { gpa, size } of sorted) {
    checkBigint('GuestMemory', 'gpa', gpa, 0n, addressLimit - 1n);
    checkPages('GuestMemory', 'size', size);
    if (gpa % BigInt(pageSize) !== 0n || gpa < end || gpa + BigInt(size) > addressLimit) {
      throw invalidArgument('GuestMemory', 'gpa', gpa, 'whole pages that no other region covers');
    }
    end = gpa + BigInt(size);
  }
}

/** Maps memory as a region; if that fails the memory is closed. */
function place(gpa: bigint, memory: SharedMemory): Placed {
  try {
    const mapping = memory.map();
    const start = Number(gpa);
    return { gpa, size: mapping.size, mapping, memory, start, end: start + mapping.size };
  } catch (error) {
    memory.close();
    throw error;
  }
}

function release({ mapping, memory }: GuestRegion): void {
  mapping.close();
  memory.close();
}

/** An integer that fits, signed or not, as its bits: what is swapped escapes the mapping's own check. */
function unsigned(value: number, bits: 16 | 32): number {
  checkInteger('write', 'value', value, -(2 ** (bits - 1)), 2 ** bits - 1);
  return value < 0 ? value + 2 ** bits : value;
}

function unsigned64(value: bigint): bigint {
  checkBigint('write', 'value', value, -(2n ** 63n), 2n ** 64n - 1n);
  return BigInt.asUintN(64, value);
}

function swap16(value: number): number {
  return ((value & 0xff) << 8) | (value >>> 8);
}

function swap32(value: number): number {
  return swap16(value & 0xffff) * 0x1_0000 + swap16(value >>> 16);
}

function swap64(value: bigint): bigint {
  const low = swap32(Number(value & 0xffff_ffffn));
  const high = swap32(Number(value >> 32n));
  return (BigInt(low) << 32n) | BigInt(high);
}
