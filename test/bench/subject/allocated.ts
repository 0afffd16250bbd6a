/** How many bytes an operation allocates, by V8's own statistics of the heap. */
import { GCProfiler, getHeapStatistics } from 'node:v8';

/** The bytes that `run` allocates on the JavaScript heap, whatever the garbage collector frees meanwhile. */
function allocated(run: () => void): number {
  const profiler = new GCProfiler();
  profiler.start();
  let last = getHeapStatistics().used_heap_size;
  run();
  const end = getHeapStatistics().used_heap_size;
  let sum = 0;
  for (const { beforeGC, afterGC } of profiler.stop().statistics) {
    sum += beforeGC.heapStatistics.usedHeapSize - last;
    last = afterGC.heapStatistics.usedHeapSize;
  }
  return sum + end - last;
}

/**
 * Bytes for each operation, to a tenth: what compiling and counting allocate is lost in the number of
 * operations.
 */
export function allocatedPerOperation(operation: () => unknown, count: number): number {
  // Compiled first: the interpreter makes heap numbers that compiled code does not.
  repeat(operation, 20_000);
  return Math.round((allocated(() => repeat(operation, count)) / count) * 10) / 10;
}

/** A ring of results: one that nobody keeps would be optimized away. */
const kept: unknown[] = Array.from({ length: 64 }, () => undefined);

function repeat(operation: () => unknown, count: number): void {
  for (let i = 0; i < count; i++) kept[i & 63] = operation();
}
