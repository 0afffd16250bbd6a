/** Promises for calls that would block: they wait in line until a descriptor is ready. */
import type { Descriptor } from '../codec/index.js';
import { systemError } from '../errors.js';
import { checkInteger } from '../memory/arguments.js';
import { type Direction, type Watch, eventLoop } from './event-loop.js';

/** How long to wait. */
export interface WaitOptions {
  /** Gives up when it aborts: the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Gives up with ETIMEDOUT after so many milliseconds; without, waits for ever. */
  readonly timeoutMs?: number | undefined;
}

/** The longest time that Node's timers take, in milliseconds. */
export const longestTimeout = 2 ** 31 - 1;

/** @throws SystemError EINVAL */
export function checkTimeout(operation: string, timeoutMs: number | undefined): void {
  if (timeoutMs !== undefined) checkInteger(operation, 'timeoutMs', timeoutMs, 1, longestTimeout);
}

interface Waiter {
  /** Tries once more; true if that ended it, well or badly. */
  attempt(): boolean;
  fail(error: unknown): void;
}

/** Those who wait for one direction of one descriptor, first come, first served. */
export class WaitingLine {
  readonly #descriptor: Descriptor;
  readonly #direction: Direction;
  readonly #what: string;
  readonly #waiters: Waiter[] = [];
  #watch: Watch | undefined;

  constructor(descriptor: Descriptor, direction: Direction, what: string) {
    this.#descriptor = descriptor;
    this.#direction = direction;
    this.#what = what;
  }

  /**
   * Resolves to what `attempt` returns as soon as that is not undefined: at once, or in its turn when
   * the descriptor is ready. `attempt` must not block; if it throws the promise rejects.
   */
  run<T>(operation: string, attempt: () => T | undefined, options: WaitOptions = {}): Promise<T> {
    const { signal, timeoutMs } = options;
    return new Promise<T>((resolve, reject) => {
      checkTimeout(operation, timeoutMs);
      signal?.throwIfAborted();
      if (this.#waiters.length === 0) {
        const answer = attempt();
        if (answer !== undefined) {
          resolve(answer);
          return;
        }
      }
      const end = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', abort);
      };
      const waiter: Waiter = {
        attempt: () => {
          try {
            const answer = attempt();
            if (answer === undefined) return false;
            resolve(answer);
          } catch (error) {
            reject(error);
          }
          end();
          return true;
        },
        fail: (error) => {
          reject(error);
          end();
        },
      };
      const abort = (): void => this.#leave(waiter, signal?.reason);
      const expire = (): void => {
        const within = `${this.#what} within ${timeoutMs} ms`;
        this.#leave(waiter, systemError('ETIMEDOUT', operation, within));
      };
      this.#join(waiter);
      const timer = timeoutMs === undefined ? undefined : setTimeout(expire, timeoutMs);
      signal?.addEventListener('abort', abort);
    });
  }

  /** Rejects everyone who waits with ECANCELED; before the descriptor closes. */
  close(): void {
    this.#watch?.close();
    this.#watch = undefined;
    for (const waiter of this.#waiters.splice(0)) {
      waiter.fail(systemError('ECANCELED', 'wait', `${this.#what}: it was closed`));
    }
  }

  #join(waiter: Waiter): void {
    if (this.#watch === undefined) {
      this.#watch = eventLoop.watch(this.#descriptor, this.#direction, () => this.#ready());
    } else {
      this.#watch.arm();
    }
    this.#waiters.push(waiter);
  }

  #leave(waiter: Waiter, reason: unknown): void {
    const place = this.#waiters.indexOf(waiter);
    if (place < 0) return;
    this.#waiters.splice(place, 1);
    if (this.#waiters.length === 0) this.#watch?.disarm();
    waiter.fail(reason);
  }

  #ready(): void {
    while (this.#waiters[0]?.attempt() === true) this.#waiters.shift();
    if (this.#waiters.length === 0) this.#watch?.disarm();
  }
}
