/** Promises for calls that would block: they wait in line until a descriptor is ready. */
import type { Descriptor } from '../codec/index.js';
import { systemError } from '../errors.js';
import { type Direction, type Watch, eventLoop } from './event-loop.js';
import { Patience, type WaitOptions, checkWait } from './patience.js';

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
    return new Promise<T>((resolve, reject) => {
      checkWait(operation, options);
      if (this.#waiters.length === 0) {
        const answer = attempt();
        if (answer !== undefined) {
          resolve(answer);
          return;
        }
      }
      const waiter: Waiter = {
        attempt: () => {
          try {
            const answer = attempt();
            if (answer === undefined) return false;
            resolve(answer);
          } catch (error) {
            reject(error);
          }
          patience.end();
          return true;
        },
        fail: (error) => {
          patience.end();
          reject(error);
        },
      };
      this.#join(waiter);
      const patience = new Patience(operation, this.#what, options, (reason) =>
        this.#leave(waiter, reason),
      );
    });
  }

  #join(waiter: Waiter): void {
    if (this.#watch === undefined) {
      this.#watch = eventLoop.watch(this.#descriptor, this.#direction, {
        ready: () => this.#ready(),
        released: () => this.#released(),
      });
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

  /** The descriptor closes. */
  #released(): void {
    this.#watch = undefined;
    for (const waiter of this.#waiters.splice(0)) {
      waiter.fail(systemError('ECANCELED', 'wait', `${this.#what}: it was closed`));
    }
  }
}
