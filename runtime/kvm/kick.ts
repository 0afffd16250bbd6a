/** Gets a vCPU out of the guest from another thread, without ever losing a request. */
import {
  type Timer,
  ignoreWithHandler,
  signalThisThread,
  stopTimer,
  tgkill,
} from '../../native/signal.js';
import { SystemError } from '../errors.js';
import type { RunPage } from './run-page.js';

/** What a vCPU's thread can be asked, as bits of the request word. */
export const Request = { kick: 1, pause: 2, stop: 4 } as const;

const requestWord = 0;
const threadWord = 1;

/** A real-time signal that glibc and Node leave alone. Real-time signals queue: one a request, at most. */
const kickSignal = 38;

/** The words that the threads of a vCPU share. */
export class KickWords {
  readonly buffer: SharedArrayBuffer;
  readonly #words: Int32Array;

  constructor(buffer = new SharedArrayBuffer(8)) {
    this.buffer = buffer;
    this.#words = new Int32Array(buffer);
  }

  /** Adds a request. @returns whether there was none */
  add(request: number): boolean {
    return Atomics.or(this.#words, requestWord, request) === 0;
  }

  get pending(): boolean {
    return Atomics.load(this.#words, requestWord) !== 0;
  }

  /** Takes all requests. */
  take(): number {
    return Atomics.exchange(this.#words, requestWord, 0);
  }

  /**
   * The kernel's number of the vCPU's thread while it runs the guest, or 0. Whoever reads a number after
   * adding a request can rely on it that the thread takes the request when it leaves the guest.
   */
  get thread(): number {
    return Atomics.load(this.#words, threadWord);
  }

  set thread(tid: number) {
    Atomics.store(this.#words, threadWord, tid);
  }
}

function makeHarmless(): void {
  const failure = ignoreWithHandler(kickSignal);
  if (failure !== 0) throw new SystemError(failure, 'sigaction', `signal ${kickSignal}`);
}

/**
 * Gets this thread out of the guest again and again, for Node's sake: `process.exit`, an uncaught
 * exception elsewhere and `worker.terminate` wait for every thread, and a thread in KVM_RUN hears of
 * them only when it comes back.
 */
export class RegularInterrupt {
  readonly #timer: Timer;

  /** @throws SystemError EAGAIN, ENOMEM */
  constructor(milliseconds: number) {
    makeHarmless();
    const timer = signalThisThread(kickSignal, milliseconds);
    if (typeof timer !== 'bigint') throw new SystemError(timer.errno, 'timer_create');
    this.#timer = timer;
  }

  close(): void {
    stopTimer(this.#timer);
  }
}

/**
 * The kicking side. First the word, then the flag that makes KVM_RUN return at once, then, only if the
 * word was clear, a signal for a KVM_RUN that has begun. The thread takes the word after each time it
 * clears the flag and its number, so that a request is either seen there or still stands in the flag.
 */
export class Kicker {
  readonly #words: KickWords;
  readonly #page: RunPage;

  /** @throws SystemError what sigaction says */
  constructor(words: KickWords, page: RunPage) {
    makeHarmless();
    this.#words = words;
    this.#page = page;
  }

  /** @returns whether the thread must be told to look, because it was not in the guest */
  request(request: number): boolean {
    const first = this.#words.add(request);
    this.#page.immediateExit = true;
    if (!first) return false;
    const { thread } = this.#words;
    // It may fail: ESRCH if the thread has just ended, EAGAIN if the queue of signals is full. Then the
    // flag stands, and the regular interrupt comes soon.
    if (thread !== 0) tgkill(process.pid, thread, kickSignal);
    return thread === 0;
  }
}
