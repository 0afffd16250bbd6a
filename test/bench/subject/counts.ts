/** The line protocol of measured programs: see baseline/bench.h. */
import { createInterface } from 'node:readline';

/** Says `ready`, then answers each count on standard input with the figures of one operation. */
export async function serveFigures(
  measure: (count: number) => readonly number[] | Promise<readonly number[]>,
): Promise<void> {
  console.log('ready');
  for await (const line of createInterface({ input: process.stdin })) {
    console.log((await measure(Number(line))).join(' '));
  }
}

/** The same, with the time of one operation in nanoseconds as the only figure. */
export function serveCounts(run: (count: number) => void | Promise<void>): Promise<void> {
  return serveFigures(async (count) => {
    const start = process.hrtime.bigint();
    await run(count);
    return [Number(process.hrtime.bigint() - start) / count];
  });
}
