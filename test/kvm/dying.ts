/** A process with two running vCPUs, one of them in a worker’s hands, that ends as its argument says. */
import { Worker, isMainThread, parentPort } from 'node:worker_threads';
import { fileURLToPath } from 'node:url';
import { VcpuHandle } from '../../runtime/machine/vcpu-handle.js';
import { Guest, spin } from './guests.js';

/** Starts a guest that never exits, and waits until it runs. */
async function runForever(): Promise<void> {
  const guest = new Guest();
  const handle = VcpuHandle.start(guest.vcpu(spin));
  await handle.pause();
  handle.resume();
}

const endings: Readonly<Record<string, (worker: Worker) => void>> = {
  exit: () => process.exit(3),
  uncaughtException: () => {
    throw new Error('on purpose');
  },
  unhandledRejection: () => {
    void Promise.reject(new Error('on purpose'));
  },
  terminate: (worker) => {
    void worker.terminate().then(() => process.exit(4));
  },
  stdin: () => {
    process.stdin.resume().once('end', () => process.exit(5));
  },
  signal: () => {},
};

if (isMainThread) {
  const worker = new Worker(fileURLToPath(import.meta.url));
  await new Promise((resolve) => {
    worker.once('message', resolve);
  });
  await runForever();
  console.log('running');
  const ending = endings[process.argv[2] ?? ''];
  setTimeout(() => ending?.(worker), 50);
} else {
  await runForever();
  parentPort?.postMessage('running');
}
