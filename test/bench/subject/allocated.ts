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

const tenths = (bytes: number, count: number): number => Math.round((bytes / count) * 10) / 10;

/**
 * Bytes for each operation, to a tenth: what counting itself allocates is lost in the number of
 * operations.
 */
export function allocatedPerOperation(operation: () => unknown, count: number): number {
  warmUp(operation);
  return tenths(
    allocated(() => repeat(operation, count)),
    count,
  );
}

/** Until compiled code runs, which on a busy machine takes its time: the interpreter allocates more. */
function warmUp(operation: () => unknown): void {
  const batch = 20_000;
  let alike = 0;
  let last = Number.NaN;
  for (let batches = 0; alike < 10 && batches < 200; batches++) {
    const bytes = tenths(
      allocated(() => repeat(operation, batch)),
      batch,
    );
    // Within a byte: the profiler's own records count here.
    alike = Math.abs(bytes - last) <= 1 ? alike + 1 : 0;
    last = bytes;
  }
}

/** A ring of results: one that nobody keeps would be optimized away. */
const kept: unknown[] = Array.from({ length: 64 }, () => undefined);

function repeat(operation: () => unknown, count: number): void {
  for (let i = 0; i < count; i++) kept[i & 63] = operation();
}
