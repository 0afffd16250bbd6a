/** What this process holds of the system: descriptors, mappings, threads. */
import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Counts of what a scenario must give back. */
export interface Resources {
  readonly fds: number;
  /** Mappings of memfds, of vCPUs, and of zeros that took their place. */
  readonly mappings: number;
  readonly threads: number;
}

function lines(path: string): string[] {
  return readFileSync(path, 'utf8').trimEnd().split('\n');
}

function descriptors(): string[] {
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      return [readlinkSync(`/proc/self/fd/${fd}`)];
    } catch {
      return []; // the descriptor that listed them
    }
  });
}

/** What is held now. */
export function resources(): Resources {
  return {
    fds: descriptors().length,
    mappings: lines('/proc/self/maps').filter((line) => /\/memfd:|kvm/.test(line)).length,
    threads: readdirSync('/proc/self/task').length,
  };
}

/** Whether any mapping of this process covers an address. */
export function isMapped(address: number): boolean {
  return lines('/proc/self/maps').some((line) => {
    const [start = '', end = ''] = line.slice(0, line.indexOf(' ')).split('-');
    return address >= Number.parseInt(start, 16) && address < Number.parseInt(end, 16);
  });
}

/** Collects garbage, and lets finalizers run. */
export async function collectGarbage(): Promise<void> {
  setFlagsFromString('--expose-gc');
  const gc: unknown = runInNewContext('gc');
  for (let round = 0; round < 4; round++) {
    if (typeof gc === 'function') Reflect.apply(gc, undefined, []);
    await new Promise((resolve) => {
      setTimeout(resolve, 10);
    });
  }
}
