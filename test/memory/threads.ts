/** Threads of this process that map the same memory. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { SharedMemory } from '../../runtime/memory/shared-memory.js';
import type { ThreadData, ThreadMessage } from './memory-thread.js';

/** A thread that has mapped the memory. */
export interface Thread {
  /** Where its own mapping lies. */
  readonly address: number;
  /** Resolves when its task is done and it has ended; rejects with what it threw. */
  readonly ended: Promise<unknown>;
}

/** Starts a thread, and waits until it has mapped the memory. */
export async function startThread(
  memory: SharedMemory,
  task: ThreadData['task'],
  times = 0,
): Promise<Thread> {
  const workerData: ThreadData = { token: memory.token(), task, times };
  const worker = new Worker(new URL('./memory-thread.js', import.meta.url), { workerData });
  const ended = once(worker, 'exit');
  const [message] = (await once(worker, 'message')) as [ThreadMessage]; // what memory-thread posts
  if (!('address' in message)) throw new Error('the thread did not say where its mapping lies');
  return { address: message.address, ended };
}
