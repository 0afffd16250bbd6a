/** The line protocol of measured programs: see baseline/bench.h. */
import { createInterface } from 'node:readline';

/** Says `ready`, then answers each count on standard input with the nanoseconds of one operation. */
export async function serveCounts(run: (count: number) => void | Promise<void>): Promise<void> {
  console.log('ready');
  for await (const line of createInterface({ input: process.stdin })) {
    const count = Number(line);
    const start = process.hrtime.bigint();
    await run(count);
    console.log(Number(process.hrtime.bigint() - start) / count);
  }
}
