/** Several things at once, but not more than there are processors. */
import { availableParallelism } from 'node:os';

/** Runs the tasks and gives their results in order. The first error ends it. */
export async function inParallel<T>(tasks: readonly (() => Promise<T>)[]): Promise<T[]> {
  const results = new Map<number, T>();
  const queue = [...tasks.entries()];
  const work = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const [index, task] = next;
      results.set(index, await task());
    }
  };
  await Promise.all(Array.from({ length: Math.min(4, availableParallelism()) }, work));
  return [...results].toSorted(([left], [right]) => left - right).map(([, result]) => result);
}
