/** A block of native memory for what foreign calls read and write: structs, arrays, strings. */
import { koffi } from './library.js';

/**
 * Memory of this thread alone at a fixed address, zeroed.
 *
 * The garbage collector does not free it: `free` does, or a block lives as long as its thread. Where no
 * foreign function can be called, it is ordinary memory: modules that hold blocks can be imported there.
 */
export class NativeBlock {
  /** Below 2^47 on every Linux that gives a process the usual address space, so exact as a number. */
  readonly address: number;
  readonly size: number;
  readonly view: DataView;
  readonly bytes: Uint8Array;
  readonly #allocation: unknown;

  constructor(size: number) {
    const allocation: unknown = koffi?.alloc('uint8_t', size);
    this.#allocation = allocation;
    this.address = Number(koffi?.address(allocation) ?? 0);
    this.size = size;
    const buffer = koffi?.view(allocation, size) ?? new ArrayBuffer(size);
    this.view = new DataView(buffer);
    this.bytes = new Uint8Array(buffer);
    this.bytes.fill(0);
  }

  /** Neither `view` nor `bytes` may be touched afterwards. */
  free(): void {
    koffi?.free(this.#allocation);
  }
}
