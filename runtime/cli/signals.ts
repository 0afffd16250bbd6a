/** Signals that end a program: in order, so that it closes everything and then dies of them, or at once. */
import { constants } from 'node:os';

/** Waits for the first of some signals. A second one ends the process at once. */
export interface Signals extends Disposable {
  /** Resolves when one came. */
  readonly first: Promise<void>;
  /**
   * Has the process die of the signal when it exits, so that whoever started it sees why.
   *
   * @returns the status that a shell shows for that
   */
  dieOfIt(): number;
}

/** Begins to wait; disposing of it gives the signals back their usual meaning. */
export function signals(names: readonly NodeJS.Signals[]): Signals {
  let came: NodeJS.Signals | undefined;
  const waiting: (() => void)[] = [];
  const release = (): void => {
    for (const name of names) process.off(name, take);
  };
  const take = (name: NodeJS.Signals): void => {
    came = name;
    release();
    for (const each of waiting) each();
  };
  for (const name of names) process.on(name, take);
  return {
    first: new Promise((resolve) => waiting.push(resolve)),
    dieOfIt: () => {
      const name = came;
      if (name === undefined) return 0;
      // After every other hook: the leak report is one.
      process.once('exit', () => process.kill(process.pid, name));
      return 128 + constants.signals[name];
    },
    [Symbol.dispose]: release,
  };
}

/** Has SIGINT and SIGTERM end the process as `process.exit` does, with the status that a shell shows for them. */
export function exitAtSignals(): void {
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.once(name, () => process.exit(128 + constants.signals[name]));
  }
}
