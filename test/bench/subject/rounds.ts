/** Rounds of a benchmark in another thread: it waits for a count, and tells how long that many took. */

const state = 0;
const wanted = 1;
const idle = 0;
const going = 1;
const done = 2;

export class Rounds {
  readonly buffer: SharedArrayBuffer;
  readonly #words: Int32Array;
  readonly #elapsed: BigInt64Array;
  #start = 0n;

  constructor(buffer = new SharedArrayBuffer(16)) {
    this.buffer = buffer;
    this.#words = new Int32Array(buffer, 0, 2);
    this.#elapsed = new BigInt64Array(buffer, 8, 1);
  }

  /** The main thread: nanoseconds of one of `count` operations. */
  run(count: number): number {
    this.#words[wanted] = count;
    this.#set(going);
    Atomics.wait(this.#words, state, going);
    return Number(this.#elapsed[0]) / count;
  }

  /** The other thread, when it has done what was wanted: waits for the next count, and returns it. */
  next(): number {
    this.#elapsed[0] = process.hrtime.bigint() - this.#start;
    if (Atomics.load(this.#words, state) === going) this.#set(done);
    for (let now = done; now !== going; now = Atomics.load(this.#words, state)) {
      Atomics.wait(this.#words, state, Atomics.load(this.#words, state) === idle ? idle : done);
    }
    this.#start = process.hrtime.bigint();
    return this.#words[wanted] ?? 0;
  }

  #set(value: number): void {
    Atomics.store(this.#words, state, value);
    Atomics.notify(this.#words, state);
  }
}
