/** Which pages of a memory slot the guest wrote. */
import { pageSize } from '../arguments.js';

/** Consecutive pages. */
export interface PageRange {
  /** Bytes from the start of the slot. */
  readonly offset: number;
  /** Bytes. */
  readonly size: number;
}

/**
 * The answer to `Vm.dirtyLog`: pages written since it was asked for the last time.
 *
 * @example
 * for (const { offset, size } of vm.dirtyLog(slot).ranges()) console.log(offset, size);
 */
export class DirtyLog {
  /** One bit a page, the lowest bit of the first byte first. */
  readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  has(page: number): boolean {
    return (((this.bytes[page >>> 3] ?? 0) >>> (page & 7)) & 1) === 1;
  }

  /** The same as ranges, lowest first, neighbours joined. */
  ranges(): PageRange[] {
    const ranges: PageRange[] = [];
    let start: number | undefined;
    const pages = this.bytes.length * 8;
    for (let page = 0; page <= pages; page++) {
      if (this.has(page)) {
        start ??= page;
      } else if (start !== undefined) {
        ranges.push({ offset: start * pageSize, size: (page - start) * pageSize });
        start = undefined;
      }
    }
    return ranges;
  }
}
