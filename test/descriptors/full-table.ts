/** A process whose descriptor table is full, for tests of EMFILE. */
import { execFileSync, spawnSync } from 'node:child_process';
import { closeSync, constants, openSync } from 'node:fs';

/** Why the limit can't be set here, or undefined if it can. */
export function prlimitMissing(): string | undefined {
  return spawnSync('prlimit', ['--version']).status === 0 ? undefined : 'no prlimit program';
}

/**
 * Lowers this process's limit of descriptors. Node and its packages need a few more than they have.
 *
 * @returns undoes it
 */
function limitDescriptors(limit: number): () => void {
  const set = (value: string): void => {
    execFileSync('prlimit', ['--pid', String(process.pid), `--nofile=${value}:`]);
  };
  const before = execFileSync(
    'prlimit',
    ['--pid', String(process.pid), '--nofile', '--output=SOFT', '--noheadings'],
    { encoding: 'utf8' },
  );
  set(String(limit));
  return () => set(before.trim());
}

/** Takes every descriptor but `free`, until it is disposed of. */
export class FullTable implements Disposable {
  readonly #taken: number[] = [];
  readonly #undo: () => void;

  constructor(free: number) {
    this.#undo = limitDescriptors(256);
    try {
      for (;;) this.#taken.push(openSync('/dev/null', constants.O_RDONLY));
    } catch {
      // EMFILE: that is what we want.
    }
    this.#giveBack(free);
  }

  #giveBack(count: number): void {
    for (const fd of this.#taken.splice(0, count)) closeSync(fd);
  }

  [Symbol.dispose](): void {
    this.#giveBack(this.#taken.length);
    this.#undo();
  }
}
