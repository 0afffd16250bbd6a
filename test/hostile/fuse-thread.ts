/** A thread that serves a FUSE file system: files can be found and opened; every other call waits. */
import { readSync, writeSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';

/** What the thread is given. */
export interface FuseThreadData {
  /** The descriptor of /dev/fuse. */
  readonly fd: number;
  /** One word, which becomes 1 when calls are to be answered. */
  readonly goOn: SharedArrayBuffer;
}

/** A call that waits. */
export interface HeldCall {
  readonly opcode: number;
  /** Its number, for the answer. */
  readonly unique: bigint;
}

/** Calls by their numbers, and the sizes of what they are answered with (linux/fuse.h, version 7.31). */
export const fuse = {
  LOOKUP: 1,
  FORGET: 2,
  GETATTR: 3,
  OPEN: 14,
  STATFS: 17,
  RELEASE: 18,
  FLUSH: 25,
  INIT: 26,
  INTERRUPT: 36,
  BATCH_FORGET: 42,
} as const;

const inHeader = { opcode: 4, unique: 8, pid: 32 } as const;
const outHeader = 16;

/** An answer: `struct fuse_out_header` and a body. */
export function answer(fd: number, unique: bigint, body?: DataView): void {
  const packet = new DataView(new ArrayBuffer(outHeader + (body?.byteLength ?? 0)));
  packet.setUint32(0, packet.byteLength, true);
  packet.setBigUint64(8, unique, true);
  if (body !== undefined) new Uint8Array(packet.buffer, outHeader).set(new Uint8Array(body.buffer));
  try {
    writeSync(fd, packet);
  } catch {
    // ENOENT: whoever asked has been interrupted, and no longer waits.
  }
}

/** `struct fuse_init_out`. */
function initialised(): DataView {
  const body = new DataView(new ArrayBuffer(64));
  body.setUint32(0, 7, true);
  body.setUint32(4, 31, true);
  body.setUint32(20, 4096, true); // max_write
  return body;
}

/** `struct fuse_entry_out` of a regular file of one page, whose attributes are valid for no time. */
function found(): DataView {
  const body = new DataView(new ArrayBuffer(128));
  body.setBigUint64(0, 2n, true); // nodeid
  body.setBigUint64(40, 2n, true); // attr.ino
  body.setBigUint64(48, 4096n, true); // attr.size
  body.setUint32(100, 0o100666, true); // attr.mode
  body.setUint32(104, 1, true); // attr.nlink
  return body;
}

/** `struct fuse_open_out`. */
function opened(): DataView {
  return new DataView(new ArrayBuffer(16));
}

function serve({ fd, goOn }: FuseThreadData): void {
  const released = new Int32Array(goOn);
  const packet = new Uint8Array(64 * 1024);
  const view = new DataView(packet.buffer);
  for (;;) {
    try {
      readSync(fd, packet);
    } catch {
      return; // ENODEV: unmounted
    }
    const opcode = view.getUint32(inHeader.opcode, true);
    const unique = view.getBigUint64(inHeader.unique, true);
    switch (opcode) {
      case fuse.INIT:
        answer(fd, unique, initialised());
        break;
      case fuse.LOOKUP:
        answer(fd, unique, found());
        break;
      case fuse.OPEN:
        answer(fd, unique, opened());
        break;
      case fuse.FORGET:
      case fuse.BATCH_FORGET:
      case fuse.INTERRUPT:
        break; // these have no answers
      default:
        // Our own main thread may close its copies: a process can't end while it waits for itself.
        if (view.getUint32(inHeader.pid, true) === process.pid) answer(fd, unique);
        else if (Atomics.load(released, 0) === 1) answer(fd, unique);
        else parentPort?.postMessage({ opcode, unique } satisfies HeldCall);
    }
  }
}

if (parentPort !== null) serve(workerData as FuseThreadData); // what BlockingFiles passes
