/** A range of this thread's address space, and the end of it while something may still be reading. */
import { lastErrno } from '../../native/library.js';
import {
  MAP_ANONYMOUS,
  MAP_FIXED,
  MAP_NORESERVE,
  MAP_PRIVATE,
  PROT_READ,
  PROT_WRITE,
  mmap,
  munmap,
  viewMemory,
} from '../../native/memory.js';
import { SystemError, systemError } from '../errors.js';

/** Bytes of one buffer: Node 20 aborts on a buffer of more than 4 GiB, so larger ranges have several. */
export const windowSize = 2 ** 30;

/** A closed range that a view may still reach. */
export interface MappedLeftover {
  readonly address: number;
  readonly size: number;
}

const leftovers = new Set<MappedLeftover>();

const stuck: MappedLeftover[] = [];

/**
 * Unmaps a range, and those that could not be unmapped before: at the limit of mappings munmap says
 * ENOMEM where the kernel has merged neighbours, because to split them makes one more.
 */
function unmap(range: MappedLeftover): void {
  stuck.push(range);
  for (const each of stuck.splice(0)) {
    if (munmap(each.address, each.size) !== 0) stuck.push(each);
  }
}

/** Its view was collected: nothing can reach it any more. */
const collected = new FinalizationRegistry<MappedLeftover>((range) => {
  if (leftovers.delete(range)) unmap(range);
});

/**
 * Closed ranges of this thread that views may still reach, for whoever outlives it: a thread's
 * finalizers don't run at its end.
 */
export function takeLeftovers(): MappedLeftover[] {
  const taken = [...leftovers];
  leftovers.clear();
  return taken;
}

/** Unmaps what a thread left, once it is gone. */
export function unmapLeftovers(ranges: readonly MappedLeftover[]): void {
  for (const range of ranges) unmap(range);
}

function refuseTransfer(): never {
  throw systemError('EPERM', 'transfer', 'a view of mapped memory (copy it instead)');
}

/**
 * A buffer that leaves this thread would outlive what its finalizer guards. Node has marked buffers
 * over foreign memory as untransferable, so that posting one copies it (Node 20) or is refused; to mark
 * it once more aborts Node 24 and 26 at exit. `ArrayBuffer.prototype.transfer`, new in Node 22, looks
 * at no mark.
 */
function keepInThread(buffer: ArrayBuffer): void {
  for (const method of ['transfer', 'transferToFixedLength']) {
    Object.defineProperty(buffer, method, { value: refuseTransfer });
  }
}

/** A mapping made by mmap, and the buffers over it. Internal: whoever has the address has the memory. */
export class MappedRange {
  readonly address: number;
  readonly size: number;
  readonly #buffers: ArrayBuffer[] = [];
  readonly #exposed = new Set<number>();
  #closed = false;

  private constructor(address: number, size: number) {
    this.address = address;
    this.size = size;
  }

  /** @throws SystemError what mmap says */
  static map(
    size: number,
    protection: number,
    flags: number,
    fd: number,
    offset: number,
    subject: string,
  ): MappedRange {
    const address = mmap(0, size, protection, flags, fd, offset);
    if (address === -1) throw new SystemError(lastErrno(), 'mmap', subject);
    return new MappedRange(address, size);
  }

  /** The number of buffers that cover the range. */
  get windows(): number {
    return Math.ceil(this.size / windowSize);
  }

  /** The buffer from `index * windowSize` on, for use in this module's neighbours only. */
  window(index: number): ArrayBuffer {
    if (this.#closed) throw systemError('EBADF', 'view', 'a mapping that is closed');
    return (this.#buffers[index] ??= viewMemory(
      this.address + index * windowSize,
      Math.min(windowSize, this.size - index * windowSize),
    ));
  }

  /** The same buffer for callers, who may keep it, and give it to Node's thread pool. */
  exposedWindow(index: number): ArrayBuffer {
    const buffer = this.window(index);
    if (!this.#exposed.has(index)) {
      keepInThread(buffer);
      this.#exposed.add(index);
    }
    return buffer;
  }

  /**
   * Ends the mapping. A window that was handed out may be in use by zlib or crypto at this moment, so
   * zeros of our own take the place of the memory, and the addresses go back when the garbage
   * collector has taken the buffer.
   */
  close(): void {
    if (this.#closed) return;
    if (this.#exposed.size === 0) {
      unmap({ address: this.address, size: this.size });
    } else {
      this.#replaceByZeros();
      this.#releaseWindows();
    }
    this.#closed = true;
    this.#buffers.length = 0;
  }

  #replaceByZeros(): void {
    const replaced = mmap(
      this.address,
      this.size,
      PROT_READ | PROT_WRITE,
      MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
      -1,
      0,
    );
    // ENOMEM (the limit of mappings) leaves the old mapping in place: still open, and may be tried again.
    if (replaced === -1) throw new SystemError(lastErrno(), 'close', 'a mapping with views');
  }

  #releaseWindows(): void {
    for (let index = 0; index < this.windows; index++) {
      const range = {
        address: this.address + index * windowSize,
        size: Math.min(windowSize, this.size - index * windowSize),
      };
      const buffer = this.#buffers[index];
      if (buffer !== undefined && this.#exposed.has(index)) {
        leftovers.add(range);
        collected.register(buffer, range);
      } else {
        unmap(range);
      }
    }
  }
}
