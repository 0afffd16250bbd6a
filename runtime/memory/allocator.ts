/** Where device memory goes in the guest's physical address space. */
import { type SystemError, systemError } from '../errors.js';
import { checkBigint } from '../arguments.js';

/** What hands out ranges of addresses. */
export interface RangeAllocator {
  /**
   * Takes a free range.
   *
   * @param size bytes
   * @param alignment a power of two
   * @returns its first address
   * @throws SystemError ENOSPC if no free range is large enough, EINVAL
   */
  allocate(size: bigint, alignment?: bigint): bigint;

  /**
   * Gives back a range that `allocate` returned.
   *
   * @throws SystemError EINVAL if that is no such range
   */
  free(start: bigint): void;

  /** Undoes the last `allocate`, because nothing came to lie there: as if it had not been. */
  cancel(start: bigint): void;
}

const maximum = (1n << 64n) - 1n;

function checkRequest(size: bigint, alignment: bigint): void {
  checkBigint('allocate', 'size', size, 1n, maximum);
  checkBigint('allocate', 'alignment', alignment, 1n, maximum);
  if ((alignment & (alignment - 1n)) !== 0n) {
    throw systemError('EINVAL', 'allocate', `alignment ${alignment} (must be a power of two)`);
  }
}

function full(size: bigint): SystemError {
  return systemError('ENOSPC', 'allocate', `${size} bytes of addresses`);
}

interface FreeRange {
  start: bigint;
  /** The address after its last. */
  end: bigint;
}

/**
 * First fit, lowest address first, with neighbouring free ranges joined.
 *
 * @example
 * const window = new AddressAllocator(1n << 38n, 1n << 39n);
 * const gpa = window.allocate(65536n);
 * window.free(gpa);
 */
export class AddressAllocator implements RangeAllocator {
  /** Sorted, apart from each other, none empty. */
  readonly #free: FreeRange[];
  readonly #sizes = new Map<bigint, bigint>();

  /**
   * @param start the first address
   * @param end the address after the last, at most 2^64
   */
  constructor(start: bigint, end: bigint) {
    checkBigint('AddressAllocator', 'start', start, 0n, maximum);
    checkBigint('AddressAllocator', 'end', end, start + 1n, maximum + 1n);
    this.#free = [{ start, end }];
  }

  allocate(size: bigint, alignment = 4096n): bigint {
    checkRequest(size, alignment);
    for (const [index, range] of this.#free.entries()) {
      const start = (range.start + alignment - 1n) & -alignment;
      if (start + size <= range.end) {
        this.#carve(index, range, start, start + size);
        this.#sizes.set(start, size);
        return start;
      }
    }
    throw full(size);
  }

  free(start: bigint): void {
    const size = this.#sizes.get(start);
    if (size === undefined) {
      throw systemError('EINVAL', 'free', `address ${start} (nothing was allocated there)`);
    }
    this.#sizes.delete(start);
    this.#join({ start, end: start + size });
  }

  cancel(start: bigint): void {
    this.free(start);
  }

  /** Bytes that are free, in however many pieces. */
  get available(): bigint {
    return this.#free.reduce((sum, { start, end }) => sum + end - start, 0n);
  }

  #carve(index: number, range: FreeRange, start: bigint, end: bigint): void {
    const pieces = [
      { start: range.start, end: start },
      { start: end, end: range.end },
    ].filter((piece) => piece.start < piece.end);
    this.#free.splice(index, 1, ...pieces);
  }

  #join(freed: FreeRange): void {
    const after = this.#free.findIndex(({ start }) => start >= freed.end);
    const index = after === -1 ? this.#free.length : after;
    const previous = this.#free[index - 1];
    const next = this.#free[index];
    const joinsPrevious = previous?.end === freed.start;
    const joinsNext = next?.start === freed.end;
    this.#free.splice(index - (joinsPrevious ? 1 : 0), Number(joinsPrevious) + Number(joinsNext), {
      start: joinsPrevious ? previous.start : freed.start,
      end: joinsNext ? next.end : freed.end,
    });
  }
}

/**
 * The reference's way: always upwards, one page left between two ranges, nothing ever given back and
 * no end. For conformance with crosvm of 2018.
 *
 * @example
 * const pages = new BumpAllocator(1n << 38n);
 * pages.allocate(4096n); // 1n << 38n
 * pages.allocate(4096n); // (1n << 38n) + 8192n
 */
export class BumpAllocator implements RangeAllocator {
  #next: bigint;

  /** @param start the first address, whole pages of 4096 bytes */
  constructor(start: bigint) {
    checkBigint('BumpAllocator', 'start', start, 0n, maximum);
    this.#next = start;
  }

  /** Where the next range will be. */
  get next(): bigint {
    return this.#next;
  }

  allocate(size: bigint): bigint {
    checkRequest(size, 4096n);
    const start = this.#next;
    this.#next += (size / 4096n + 1n) * 4096n;
    return start;
  }

  /** Does nothing: addresses are used once. */
  free(): void {}

  cancel(start: bigint): void {
    this.#next = start;
  }
}
