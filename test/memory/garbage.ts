/** Whether memory is still mapped once the garbage collector has been. */
import { readFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Whether any mapping of this process covers an address. */
export function isMapped(address: number): boolean {
  return readFileSync('/proc/self/maps', 'utf8')
    .split('\n')
    .some((line) => {
      const [start = '', end = ''] = line.slice(0, line.indexOf(' ')).split('-');
      return address >= Number.parseInt(start, 16) && address < Number.parseInt(end, 16);
    });
}

/** Bytes of addresses that this process has mapped. */
export function addressSpace(): number {
  const [, kib] = /^VmSize:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
  return Number(kib) * 1024;
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
