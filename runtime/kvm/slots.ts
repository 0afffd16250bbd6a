/** Which guest physical addresses are memory: written by the VM, read by the threads of its vCPUs. */

const wordsPerSlot = 4;
const startWord = 0;
const endWord = 1;
const readOnlyWord = 2;
const hostWord = 3;

/** What lies at an address. */
export interface SlotRange {
  readonly slot: number;
  readonly start: bigint;
  /** The address after the last. */
  readonly end: bigint;
  readonly readOnly: boolean;
  /** Where it lies in this process: only to be probed with calls that survive its absence. */
  readonly host: number;
}

/**
 * The memory slots of a VM, in memory that threads share. One thread writes. A reader sees each slot
 * whole or not at all: its end is written last, and taken away first.
 */
export class SlotTable {
  readonly buffer: SharedArrayBuffer;
  readonly #words: BigUint64Array;
  /** No free slot is lower. */
  #lowestFree = 0;

  /** @param size how many slots there are, or another thread's `buffer` */
  constructor(size: number | SharedArrayBuffer) {
    this.buffer =
      typeof size === 'number' ? new SharedArrayBuffer((size * wordsPerSlot + 1) * 8) : size;
    this.#words = new BigUint64Array(this.buffer);
  }

  /** The lowest free slot; one past the last if none is free, which KVM refuses. */
  lowestFree(): number {
    while (this.#word(this.#lowestFree, endWord) !== 0n) this.#lowestFree++;
    return this.#lowestFree;
  }

  set({ slot, start, end, readOnly, host }: SlotRange): void {
    const at = this.#at(slot);
    Atomics.store(this.#words, at + startWord, start);
    Atomics.store(this.#words, at + readOnlyWord, readOnly ? 1n : 0n);
    Atomics.store(this.#words, at + hostWord, BigInt(host));
    Atomics.store(this.#words, at + endWord, end);
    if (BigInt(slot) >= this.#used) Atomics.store(this.#words, 0, BigInt(slot) + 1n);
  }

  clear(slot: number): void {
    Atomics.store(this.#words, this.#at(slot) + endWord, 0n);
    this.#lowestFree = Math.min(this.#lowestFree, slot);
  }

  /** The slot that covers an address. */
  find(address: bigint): SlotRange | undefined {
    for (let slot = 0; slot < this.#used; slot++) {
      const end = this.#word(slot, endWord);
      if (address >= end) continue;
      const start = this.#word(slot, startWord);
      const readOnly = this.#word(slot, readOnlyWord) === 1n;
      const host = Number(this.#word(slot, hostWord));
      if (address >= start && this.#word(slot, endWord) === end) {
        return { slot, start, end, readOnly, host };
      }
    }
    return undefined;
  }

  get #used(): bigint {
    return Atomics.load(this.#words, 0);
  }

  #at(slot: number): number {
    return 1 + slot * wordsPerSlot;
  }

  #word(slot: number, word: number): bigint {
    const at = this.#at(slot) + word;
    return at < this.#words.length ? Atomics.load(this.#words, at) : 0n;
  }
}
