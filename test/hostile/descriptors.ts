/** Descriptors of every kind that a client may send, and what registering each must say. */
import { closeSync, constants, openSync } from 'node:fs';
import type { ErrnoName } from '../../native/errno.js';
import type { Descriptor } from '../../runtime/codec/index.js';
import { EventFd } from '../../runtime/memory/eventfd.js';
import { SharedMemory } from '../../runtime/memory/shared-memory.js';
import { socketPair } from '../../runtime/sockets/fd-socket.js';

/** One kind. */
export interface Sample {
  readonly name: string;
  readonly descriptor: Descriptor;
  /** Bytes, of what F_GET_SEALS answers for; undefined for anything that is no memfd. */
  readonly size: number | undefined;
  /** What mmap says, where it refuses. */
  readonly refusal?: ErrnoName;
}

/** One descriptor of each kind, and the end of them. */
export class Samples implements Disposable {
  readonly all: readonly Sample[];
  readonly #stack: (() => void)[] = [];

  constructor() {
    this.all = [
      this.#memory('sealed page', 4096, { shrink: true, grow: true, seal: true }),
      this.#memory('sealed 64 KiB', 65_536, { shrink: true, grow: true, seal: true }),
      this.#memory('unsealed', 8192, {}),
      this.#memory('a page and a byte', 4097, {}),
      this.#memory('against writing', 8192, { write: true }, 'EPERM'),
      this.#memory('against new writers', 8192, { futureWrite: true }, 'EPERM'),
      this.#reopened('read-only', constants.O_RDONLY, 8192),
      this.#reopened('O_PATH', 0o10000000, undefined),
      this.#sample('eventfd', EventFd.create()),
      this.#sample('socket', ...socketPair('seqpacket')),
      this.#path('/dev/null', constants.O_RDWR),
      this.#path('/proc/self/status', constants.O_RDONLY),
      this.#path('/', constants.O_RDONLY | constants.O_DIRECTORY),
    ];
  }

  #sample(name: string, descriptor: Descriptor & Disposable, ...others: Disposable[]): Sample {
    for (const each of [descriptor, ...others]) this.#stack.push(() => each[Symbol.dispose]());
    return { name, descriptor, size: undefined };
  }

  #memory(
    name: string,
    size: number,
    seals: Parameters<SharedMemory['addSeals']>[0],
    refusal?: ErrnoName,
  ): Sample {
    const memory = SharedMemory.create({ name: 'hostile', size, seals });
    const sample = { ...this.#sample(name, memory), size };
    return refusal === undefined ? sample : { ...sample, refusal };
  }

  #reopened(name: string, flags: number, size: number | undefined): Sample {
    using memory = SharedMemory.create({ name: 'hostile', size: 8192 });
    const sample = this.#path(`/proc/self/fd/${memory.fd}`, flags);
    return { ...sample, name, size, refusal: 'EACCES' };
  }

  #path(path: string, flags: number): Sample {
    const fd = openSync(path, flags);
    this.#stack.push(() => closeSync(fd));
    return { name: path, descriptor: { fd }, size: undefined };
  }

  [Symbol.dispose](): void {
    for (const close of this.#stack.splice(0)) close();
  }
}
