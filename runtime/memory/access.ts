/** Two ways to touch mapped memory: directly, and guarded, for memory that its owner may take away. */
import { lastErrno } from '../../native/library.js';
import { iovec, process_vm_readv, process_vm_writev } from '../../native/memory.js';
import { NativeBlock } from '../../native/block.js';
import { SystemError, systemError } from '../errors.js';
import { type MappedRange, windowSize } from './mapped-range.js';

/**
 * Little-endian loads and stores, and copies. Nothing here is checked: offsets are in bounds and
 * integers in range. Aligned integers never tear; unaligned ones move byte by byte.
 */
export interface MemoryAccess {
  load8(offset: number): number;
  load16(offset: number): number;
  load32(offset: number): number;
  load64(offset: number): bigint;
  store8(offset: number, value: number): void;
  store16(offset: number, value: number): void;
  store32(offset: number, value: number): void;
  store64(offset: number, value: bigint): void;
  copyOut(offset: number, target: Uint8Array): void;
  copyIn(offset: number, source: Uint8Array): void;
  fill(offset: number, length: number, value: number): void;
  /** Lets go of the memory. */
  close(): void;
}

/**
 * Copies into a caller's bytes. A method of their own, as subclasses have, would be handed a view of
 * memory that is unmapped one day.
 */
function copy(source: Uint8Array, target: Uint8Array, start: number): void {
  Uint8Array.prototype.set.call(target, source, start);
}

/** The typed arrays over one window. DataView is not among them: it tears while others write. */
class Window {
  readonly u8: Uint8Array;
  readonly u16: Uint16Array;
  readonly u32: Uint32Array;
  readonly u64: BigUint64Array;

  constructor(buffer: ArrayBuffer) {
    this.u8 = new Uint8Array(buffer);
    this.u16 = new Uint16Array(buffer);
    this.u32 = new Uint32Array(buffer);
    this.u64 = new BigUint64Array(buffer);
  }
}

/** Through typed arrays, for memory that can't vanish: our own, or sealed against shrinking. */
export class DirectAccess implements MemoryAccess {
  readonly #range: MappedRange;
  readonly #windows: (Window | undefined)[] = [];

  constructor(range: MappedRange) {
    this.#range = range;
  }

  #window(offset: number): Window {
    const index = offset < windowSize ? 0 : Math.floor(offset / windowSize);
    return (this.#windows[index] ??= new Window(this.#range.window(index)));
  }

  // noUncheckedIndexedAccess: the caller has checked the bounds, so `?? 0` never yields the 0.
  load8(offset: number): number {
    return this.#window(offset).u8[offset % windowSize] ?? 0;
  }

  load16(offset: number): number {
    if (offset % 2 !== 0) return this.load8(offset) | (this.load8(offset + 1) << 8);
    return this.#window(offset).u16[(offset % windowSize) / 2] ?? 0;
  }

  load32(offset: number): number {
    if (offset % 4 !== 0) return this.load16(offset) + this.load16(offset + 2) * 0x1_0000;
    return this.#window(offset).u32[(offset % windowSize) / 4] ?? 0;
  }

  load64(offset: number): bigint {
    if (offset % 8 !== 0) {
      return BigInt(this.load32(offset)) | (BigInt(this.load32(offset + 4)) << 32n);
    }
    return this.#window(offset).u64[(offset % windowSize) / 8] ?? 0n;
  }

  store8(offset: number, value: number): void {
    this.#window(offset).u8[offset % windowSize] = value;
  }

  store16(offset: number, value: number): void {
    if (offset % 2 === 0) {
      this.#window(offset).u16[(offset % windowSize) / 2] = value;
    } else {
      this.store8(offset, value & 0xff);
      this.store8(offset + 1, value >>> 8);
    }
  }

  store32(offset: number, value: number): void {
    if (offset % 4 === 0) {
      this.#window(offset).u32[(offset % windowSize) / 4] = value;
    } else {
      this.store16(offset, value & 0xffff);
      this.store16(offset + 2, value >>> 16);
    }
  }

  store64(offset: number, value: bigint): void {
    if (offset % 8 === 0) {
      this.#window(offset).u64[(offset % windowSize) / 8] = value;
    } else {
      this.store32(offset, Number(value & 0xffff_ffffn));
      this.store32(offset + 4, Number(value >> 32n));
    }
  }

  copyOut(offset: number, target: Uint8Array): void {
    for (let done = 0; done < target.length;) {
      const start = (offset + done) % windowSize;
      const length = Math.min(target.length - done, windowSize - start);
      const { u8 } = this.#window(offset + done);
      copy(u8.subarray(start, start + length), target, done);
      done += length;
    }
  }

  copyIn(offset: number, source: Uint8Array): void {
    for (let done = 0; done < source.length;) {
      const start = (offset + done) % windowSize;
      const length = Math.min(source.length - done, windowSize - start);
      // Before the window is looked up: a subclass may close the mapping.
      const part = source.subarray(done, done + length);
      this.#window(offset + done).u8.set(part, start);
      done += length;
    }
  }

  fill(offset: number, length: number, value: number): void {
    for (let done = 0; done < length;) {
      const start = (offset + done) % windowSize;
      const part = Math.min(length - done, windowSize - start);
      this.#window(offset + done).u8.fill(value, start, start + part);
      done += part;
    }
  }

  close(): void {
    this.#windows.length = 0;
  }
}

/** One transfer of guarded access: two iovecs, then the data. */
const chunk = 64 * 1024;
const dataAt = 2 * iovec.size;
let transfer: NativeBlock | undefined;

/** Through process_vm_readv on ourselves: memory that has vanished is EFAULT, where a view would be SIGBUS. */
export class GuardedAccess implements MemoryAccess {
  readonly #range: MappedRange;
  readonly #subject: string;

  constructor(range: MappedRange, subject: string) {
    this.#range = range;
    this.#subject = subject;
  }

  /** Moves `length` bytes, at most `chunk`, between the block and the mapping. */
  #move(call: typeof process_vm_readv, name: string, offset: number, length: number): NativeBlock {
    const block = (transfer ??= new NativeBlock(dataAt + chunk));
    block.view.setBigUint64(iovec.iov_base, BigInt(block.address + dataAt), true);
    block.view.setBigUint64(iovec.iov_len, BigInt(length), true);
    block.view.setBigUint64(
      iovec.size + iovec.iov_base,
      BigInt(this.#range.address + offset),
      true,
    );
    block.view.setBigUint64(iovec.size + iovec.iov_len, BigInt(length), true);
    const moved = call(process.pid, block.address, 1, block.address + iovec.size, 1, 0);
    if (moved === -1) throw new SystemError(lastErrno(), name, this.#subject);
    if (moved !== length) throw systemError('EFAULT', name, this.#subject);
    return block;
  }

  #load(offset: number, length: number): DataView {
    return this.#move(process_vm_readv, 'read', offset, length).view;
  }

  #store(offset: number, length: number, value: bigint): void {
    const block = (transfer ??= new NativeBlock(dataAt + chunk));
    block.view.setBigUint64(dataAt, value, true);
    this.#move(process_vm_writev, 'write', offset, length);
  }

  load8(offset: number): number {
    return this.#load(offset, 1).getUint8(dataAt);
  }

  load16(offset: number): number {
    return this.#load(offset, 2).getUint16(dataAt, true);
  }

  load32(offset: number): number {
    return this.#load(offset, 4).getUint32(dataAt, true);
  }

  load64(offset: number): bigint {
    return this.#load(offset, 8).getBigUint64(dataAt, true);
  }

  store8(offset: number, value: number): void {
    this.#store(offset, 1, BigInt(value));
  }

  store16(offset: number, value: number): void {
    this.#store(offset, 2, BigInt(value));
  }

  store32(offset: number, value: number): void {
    this.#store(offset, 4, BigInt(value));
  }

  store64(offset: number, value: bigint): void {
    this.#store(offset, 8, value);
  }

  copyOut(offset: number, target: Uint8Array): void {
    for (let done = 0; done < target.length; done += chunk) {
      const length = Math.min(chunk, target.length - done);
      const block = this.#move(process_vm_readv, 'read', offset + done, length);
      copy(block.bytes.subarray(dataAt, dataAt + length), target, done);
    }
  }

  copyIn(offset: number, source: Uint8Array): void {
    const block = (transfer ??= new NativeBlock(dataAt + chunk));
    for (let done = 0; done < source.length; done += chunk) {
      const part = source.subarray(done, done + chunk);
      block.bytes.set(part, dataAt);
      this.#move(process_vm_writev, 'write', offset + done, part.length);
    }
  }

  fill(offset: number, length: number, value: number): void {
    const part = new Uint8Array(Math.min(length, chunk)).fill(value);
    for (let done = 0; done < length; done += part.length) {
      this.copyIn(offset + done, part.subarray(0, length - done));
    }
  }

  close(): void {}
}
