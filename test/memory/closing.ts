/**
 * Closes mappings under everything of Node that may still be reading or writing a view, and prints what
 * is left. Runs as a program, because the fault that it looks for is the death of the process.
 */
import { createHash, randomFill, webcrypto } from 'node:crypto';
import { closeSync, constants, mkdtempSync, openSync, read, rmSync, write } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';
import { brotliCompress, deflate, gzip } from 'node:zlib';
import { SystemError } from '../../runtime/errors.js';
import type { MemoryMapping } from '../../runtime/memory/mapping.js';
import { SharedMemory } from '../../runtime/memory/shared-memory.js';
import { addressSpace, collectGarbage } from './garbage.js';
import { startThread } from './threads.js';
import { words } from './words.js';

/** What the program prints. */
export interface ClosingReport {
  /**
   * By how many mappings the address space grew, after the garbage collection. A use that leaks leaves
   * one a round, which is 8; an arena of malloc for a new thread counts as 2.
   */
  readonly growth: number;
  /** Views that read something else than zero right after the close. */
  readonly notZero: number;
  /** What an accessor says after the close. */
  readonly codes: readonly string[];
  readonly closes: number;
}

/** What is used of each mapping, and how much larger it is: to tell it from what malloc and V8 map. */
const size = 1 << 20;
const mappedSize = 32 << 20;
const folder = mkdtempSync(join(tmpdir(), 'vmwire-closing-'));
const path = join(folder, 'file');

type Busy = (view: Uint8Array<ArrayBuffer>, fd: number) => Promise<unknown>;

/** A thread that receives what a message makes of a view: a copy, or a refusal. */
const receiver = new Worker(
  `import { parentPort } from 'node:worker_threads';
   parentPort.on('message', (copy) => parentPort.postMessage(copy.length));`,
  { eval: true, execArgv: ['--input-type=module'] },
);

async function copyToThread(view: Uint8Array): Promise<unknown> {
  receiver.postMessage(view);
  return new Promise((resolve) => receiver.once('message', resolve));
}

const uses: Record<string, Busy> = {
  gzip: (view) => promisify(gzip)(view),
  deflate: (view) => promisify(deflate)(view),
  brotli: (view) => promisify(brotliCompress)(view, { params: { 1: 1 } }),
  randomFill: (view) => promisify(randomFill)(view),
  digest: (view) => webcrypto.subtle.digest('SHA-256', view),
  hash: async (view) => createHash('sha256').update(view).digest(),
  write: (view, fd) => promisify(write)(fd, view, 0, size, 0),
  read: (view, fd) => promisify(read)(fd, view, 0, size, 0),
  thread: copyToThread,
};

function mapped(): MemoryMapping {
  using memory = SharedMemory.create({ name: 'closing', size: mappedSize });
  return memory.map();
}

const codes = new Set<string>();
let notZero = 0;

/** One mapping, one use, one close. The view is out of reach when it returns. */
async function closeUnder(use: Busy, fd: number): Promise<void> {
  const memory = mapped();
  memory.fill(0, size, 0x55);
  const view = memory.view(Uint8Array, 0, size);
  // It may fail: nobody promises what comes of a view that is closed.
  const busy = use(view, fd).catch(() => {});
  memory.close();
  // At its end, which those that write come to last: randomFill and read may be ahead of us.
  if (use !== uses['randomFill'] && use !== uses['read'] && view[size - 1] !== 0) notZero++;
  try {
    memory.readUint8(0);
  } catch (error) {
    codes.add(error instanceof SystemError ? error.code : String(error));
  }
  await busy;
}

/** Hundreds of closes while another thread keeps writing through its own mapping of the same memory. */
async function closeUnderThread(): Promise<number> {
  using memory = SharedMemory.create({ name: 'busy', size: mappedSize });
  using control = memory.map();
  const thread = await startThread(memory, 'flip');
  let count = 0;
  for (; count < 200; count++) {
    const mapping = memory.map();
    const view = mapping.view(Uint32Array, 0, 1024);
    mapping.close();
    if (view[words.u32 / 4] !== 0) notZero++;
  }
  control.writeUint32(words.stop, 1);
  await thread.ended;
  return count;
}

async function closeUnderAll(): Promise<number> {
  const fd = openSync(path, constants.O_RDWR | constants.O_CREAT, 0o600);
  const rounds = 8;
  for (let round = 0; round < rounds; round++) {
    await Promise.all(Object.values(uses).map((use) => closeUnder(use, fd)));
  }
  closeSync(fd);
  const closes = rounds * Object.keys(uses).length + (await closeUnderThread());
  await collectGarbage();
  return closes;
}

async function main(): Promise<void> {
  await closeUnderAll(); // what stays of the first time is no leak: thread pools, arenas, caches
  const before = addressSpace();
  const closes = await closeUnderAll();
  const growth = Math.trunc((addressSpace() - before) / mappedSize);
  await receiver.terminate();
  const report: ClosingReport = { growth, notZero, codes: [...codes], closes };
  console.log(JSON.stringify(report));
}

try {
  await main();
} finally {
  rmSync(folder, { recursive: true });
}
