/** A process whose descriptor table is full, for tests of EMFILE. */
import { execFileSync, spawnSync } from 'node:child_process';
import { closeSync, constants, openSync } from 'node:fs';

/** Why the limit can't be set here, or undefined if it can. */
export function prlimitMissing(): string | undefined {
  return spawnSync('prlimit', ['--version']).status === 0 ? undefined : 'no prlimit program';
}

/** What `prlimit` does with this process's limit of descriptors. */
function prlimit(...options: string[]): string {
  return execFileSync('prlimit', ['--pid', String(process.pid), ...options], { encoding: 'utf8' });
}

/** Node raises its own limit to a million, which would take long to fill. */
const limit = 256;

/** Takes every descriptor but `free`, until it is disposed of. */
export class FullTable implements Disposable {
  readonly #taken: number[] = [];
  readonly #limit = prlimit('--nofile', '--output=SOFT', '--noheadings').trim();

  constructor(free: number) {
    prlimit(`--nofile=${limit}:`);
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
    prlimit(`--nofile=${this.#limit}:`);
  }
}

/** Makes a call with so many descriptors free. */
export function withFullTable<T>(free: number, call: () => T): T {
  const table = new FullTable(free);
  try {
    return call();
  } finally {
    table[Symbol.dispose]();
  }
}
