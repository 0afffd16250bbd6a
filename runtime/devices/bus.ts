/** Which device answers which addresses: one bus for I/O ports, one for memory-mapped I/O. */
import { systemError } from '../errors.js';
import { checkInteger } from '../arguments.js';
import { shareKind } from '../kind.js';

/**
 * A device as a vCPU sees it. `offset` counts from the start of its range; `data` has the 1 to 8 bytes
 * of one access and is valid only during the call. A device without `read` reads as ones; without
 * `write` it ignores writes.
 */
export interface BusDevice {
  /** Fills `data`. */
  read?(offset: number, data: Uint8Array): void;
  write?(offset: number, data: Uint8Array): void;
}

interface BusRange {
  readonly start: number;
  /** The address after the last. */
  readonly end: number;
  readonly device: BusDevice;
}

/**
 * One address space and the devices in it.
 *
 * @example
 * bus.pio.add(0x10, 1, { write: (_offset, [value]) => console.log(value) });
 */
export class Bus {
  readonly #limit: number;
  #ranges: readonly BusRange[] = [];
  /** Guests poll one device for a long time: the last hit is tried first. */
  #last: BusRange | undefined;

  /** @param limit the number of addresses */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /**
   * Gives a device the addresses from `start` on.
   *
   * @param length how many, in bytes
   * @throws SystemError EEXIST if another device has one of them, EINVAL if they are out of range
   */
  add(start: number | bigint, length: number, device: BusDevice): void {
    const first = Number(start);
    checkInteger('bus', 'start', first, 0, this.#limit - 1);
    checkInteger('bus', 'length', length, 1, this.#limit - first);
    const end = first + length;
    if (this.#ranges.some((range) => first < range.end && range.start < end)) {
      const subject = `0x${first.toString(16)} to 0x${(end - 1).toString(16)}`;
      throw systemError('EEXIST', 'bus', `${subject} (another device is there)`);
    }
    this.#ranges = [...this.#ranges, { start: first, end, device }].toSorted(
      (one, other) => one.start - other.start,
    );
  }

  /** Takes away the device whose range starts at `start`. @throws SystemError ENOENT */
  remove(start: number | bigint): void {
    const range = this.#ranges.find((candidate) => candidate.start === Number(start));
    if (range === undefined) throw systemError('ENOENT', 'bus', `0x${start.toString(16)}`);
    this.#ranges = this.#ranges.filter((candidate) => candidate !== range);
    this.#last = undefined;
  }

  /** Lets the device at `address` fill `data`. @returns false if there is none */
  read(address: number, data: Uint8Array): boolean {
    const range = this.#find(address, data.length);
    if (range === undefined) return false;
    if (range.device.read === undefined) data.fill(0xff);
    else range.device.read(address - range.start, data);
    return true;
  }

  /** Hands `data` to the device at `address`. @returns false if there is none */
  write(address: number, data: Uint8Array): boolean {
    const range = this.#find(address, data.length);
    if (range === undefined) return false;
    range.device.write?.(address - range.start, data);
    return true;
  }

  /** The range that holds the whole access. */
  #find(address: number, length: number): BusRange | undefined {
    const last = this.#last;
    if (last !== undefined && address >= last.start && address + length <= last.end) return last;
    let low = 0;
    let high = this.#ranges.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const range = this.#ranges[middle];
      if (range !== undefined && range.end <= address) low = middle + 1;
      else high = middle;
    }
    const found = this.#ranges[low];
    if (found === undefined || address < found.start || address + length > found.end) {
      return undefined;
    }
    this.#last = found;
    return found;
  }
}

/**
 * The devices of a VM, as the thread of one vCPU has them.
 *
 * @example
 * const bus = new DeviceBus();
 * bus.pio.add(0x3f8, 8, new Serial({ output: (byte) => line.push(byte) }));
 * bus.mmio.add(0xfed0_0000n, 0x400, { read: (offset, data) => data.fill(offset) });
 */
export class DeviceBus {
  static {
    shareKind(this, 'DeviceBus');
  }

  /** I/O ports, 0 to 0xffff. */
  readonly pio = new Bus(0x1_0000);
  /** Guest physical addresses of 52 bits. */
  readonly mmio = new Bus(2 ** 52);
}
