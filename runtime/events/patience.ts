/** How long somebody waits: until a time is up, or a signal aborts. */
import { systemError } from '../errors.js';
import { checkInteger, invalidArgument } from '../arguments.js';

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

/** @throws SystemError EINVAL; the signal's reason if it has aborted already */
export function checkWait(operation: string, { signal, timeoutMs }: WaitOptions): void {
  checkTimeout(operation, timeoutMs);
  if (signal === undefined) return;
  if (!(signal instanceof AbortSignal)) {
    throw invalidArgument(operation, 'signal', signal, 'an AbortSignal');
  }
  signal.throwIfAborted();
}

/** The patience of one who waits. It ends once: by itself, or when it is no longer needed. */
export class Patience {
  readonly #signal: AbortSignal | undefined;
  readonly #timer: NodeJS.Timeout | undefined;
  readonly #abort: () => void;

  /** @param giveUp told why, if it ends by itself */
  constructor(
    operation: string,
    what: string,
    { signal, timeoutMs }: WaitOptions,
    giveUp: (reason: unknown) => void,
  ) {
    this.#signal = signal;
    this.#abort = () => {
      this.end();
      giveUp(signal?.reason);
    };
    signal?.addEventListener('abort', this.#abort);
    if (timeoutMs === undefined) return;
    this.#timer = setTimeout(() => {
      this.end();
      giveUp(systemError('ETIMEDOUT', operation, `${what} within ${timeoutMs} ms`));
    }, timeoutMs);
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#signal?.removeEventListener('abort', this.#abort);
  }
}

/** Waits until a promise is settled, well or badly, as long as may be waited. */
export function settled(
  promise: Promise<unknown>,
  operation: string,
  what: string,
  options: WaitOptions,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const patience = new Patience(operation, what, options, reject);
    const end = (): void => {
      patience.end();
      resolve();
    };
    promise.then(end, end);
  });
}
