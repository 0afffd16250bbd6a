/** Files of a FUSE file system of our own, whose every call but `open` waits until told to go on. */
import { spawnSync } from 'node:child_process';
import { existsSync, openSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { lastErrno, libc } from '../../native/library.js';
import { SystemError } from '../../runtime/errors.js';
import { type FuseThreadData, type HeldCall, answer } from './fuse-thread.js';

const unshare: (flags: number) => number = libc.func('int unshare(int)');
const mount: (source: string, target: string, type: string, flags: number, data: string) => number =
  libc.func('int mount(const char *, const char *, const char *, ulong, const char *)');

/** linux/sched.h, linux/mount.h */
const CLONE_NEWNS = 0x2_0000;
const MS_NOSUID = 0x2;
const MS_NODEV = 0x4;
const MS_REC = 0x4000;
const MS_PRIVATE = 0x4_0000;

/** Why there can be no such file system here, or undefined if there can. */
export function fuseMissing(): string | undefined {
  if (process.getuid?.() !== 0) return 'only root can mount';
  if (!existsSync('/dev/fuse')) return 'no /dev/fuse';
  // A container may have the device, and yet not the right to mount.
  const probe = spawnSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', 'none', tmpdir()]);
  return probe.status === 0 ? undefined : 'mounting is not permitted';
}

function check(result: number, operation: string): void {
  if (result === -1) throw new SystemError(lastErrno(), operation);
}

/**
 * The file system, in a mount namespace of this process alone: nobody else can stumble over it, and it
 * ends with the process, however that ends.
 */
export class BlockingFiles {
  readonly #folder: string;
  readonly #device: number;
  readonly #goOn = new SharedArrayBuffer(4);
  readonly #held: HeldCall[] = [];
  readonly #calls: number[] = [];

  /** @param folder where to mount it, for this process alone */
  constructor(folder: string) {
    this.#folder = folder;
    this.#device = openSync('/dev/fuse', 'r+');
    check(unshare(CLONE_NEWNS), 'unshare');
    check(mount('none', '/', 'none', MS_REC | MS_PRIVATE, ''), 'mount / private');
    const options = `fd=${this.#device},rootmode=40000,user_id=0,group_id=0,allow_other`;
    check(mount('vmwire-test', folder, 'fuse', MS_NOSUID | MS_NODEV, options), 'mount');
    const workerData: FuseThreadData = { fd: this.#device, goOn: this.#goOn };
    const thread = new Worker(new URL('./fuse-thread.js', import.meta.url), { workerData });
    thread.on('message', (call: HeldCall) => {
      this.#calls.push(call.opcode);
      this.#held.push(call);
    });
    thread.unref();
  }

  /** Another open file. Any call on it waits, `close` included. */
  open(): number {
    return openSync(join(this.#folder, 'file'), 'r+');
  }

  /** The calls that came so far, by their numbers. */
  get calls(): readonly number[] {
    return this.#calls;
  }

  /** Answers what waits, and from now on everything. */
  goOn(): void {
    Atomics.store(new Int32Array(this.#goOn), 0, 1);
    for (const { unique } of this.#held.splice(0)) answer(this.#device, unique);
  }
}
