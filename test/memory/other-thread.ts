/** What another thread does to shared memory while a test looks: it maps the memory itself. */
import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads';
import { fileURLToPath } from 'node:url';
import { SharedMemory, type SharedMemoryToken } from '../../runtime/memory/shared-memory.js';

/** `flip` writes two patterns in turn, `count` adds 1 with Atomics, `look` reads a view. */
export type Work = 'flip' | 'count' | 'look';

/** Where the work happens, and where 1 ends it. */
export const workOffset = 0;
export const stopOffset = 64;
/** How often `count` adds. */
export const additions = 100_000;
/** What `flip` writes: no mixture of their bytes is either. */
export const patterns = [0n, 2n ** 64n - 1n] as const;

interface Start {
  readonly token: SharedMemoryToken;
  readonly work: Work;
}

/** Starts the work; it has begun when the promise resolves, and `ended` resolves when its thread is gone. */
export async function startWork(
  memory: SharedMemory,
  work: Work,
): Promise<{ ended: Promise<number> }> {
  const start: Start = { token: memory.token(), work };
  const worker = new Worker(fileURLToPath(import.meta.url), { workerData: start });
  const ended = new Promise<number>((resolve, reject) => {
    worker.once('error', reject).once('exit', resolve);
  });
  await Promise.race([new Promise((resolve) => worker.once('message', resolve)), ended]);
  return { ended };
}

function run({ token, work }: Start): void {
  using memory = SharedMemory.fromToken(token);
  using mapping = memory.map();
  const words = mapping.view(BigUint64Array, workOffset, 1);
  const counter = mapping.view(Int32Array, workOffset, 1);
  const stop = mapping.view(Int32Array, stopOffset, 1);
  parentPort?.postMessage('begun');
  if (work === 'count') {
    for (let count = 0; count < additions; count++) Atomics.add(counter, 0, 1);
    return;
  }
  for (let round = 0; Atomics.load(stop, 0) === 0; round++) {
    if (work === 'flip') words[0] = patterns[round % 2] ?? 0n;
    else if (counter[0] === -1) throw new Error('nobody writes that');
  }
}

if (!isMainThread && parentPort !== null) {
  // This module starts the worker with exactly this.
  run(workerData as Start);
}
