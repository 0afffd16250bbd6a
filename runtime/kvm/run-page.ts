/** The page that KVM and a vCPU's thread share (struct kvm_run), as one thread maps it. */
import { MAP_SHARED, PROT_READ, PROT_WRITE } from '../../native/memory.js';
import { KVM_EXIT_IO_OUT } from '../../native/kvm/numbers.js';
import { kvmRun } from '../../native/kvm/vcpu.js';
import { MappedRange } from '../memory/mapped-range.js';

const { io, mmio } = kvmRun;

/** One mapping of it. Everything but `immediateExit` belongs to the thread that runs the vCPU. */
export class RunPage {
  readonly #range: MappedRange;
  readonly #bytes: Uint8Array;
  readonly #u16: Uint16Array;
  readonly #u32: Uint32Array;
  readonly #u64: BigUint64Array;
  /** Views by length, made once: a device touches them at every exit. */
  readonly #mmioData: readonly Uint8Array[];
  #ioData: Uint8Array;

  /** @throws SystemError what mmap says: EBADF, EMFILE, ENOMEM */
  constructor(fd: number, size: number) {
    this.#range = MappedRange.map(size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0, 'vCPU');
    const buffer = this.#range.exposedWindow(0);
    this.#bytes = new Uint8Array(buffer);
    this.#u16 = new Uint16Array(buffer);
    this.#u32 = new Uint32Array(buffer);
    this.#u64 = new BigUint64Array(buffer);
    this.#mmioData = Array.from({ length: 9 }, (_, length) =>
      this.#bytes.subarray(mmio.data, mmio.data + length),
    );
    this.#ioData = this.#bytes.subarray(0, 0);
  }

  u8(offset: number): number {
    return this.#bytes[offset] ?? 0;
  }

  u32(offset: number): number {
    return this.#u32[offset / 4] ?? 0;
  }

  u64(offset: number): bigint {
    return this.#u64[offset / 8] ?? 0n;
  }

  get exitReason(): number {
    return this.u32(kvmRun.exit_reason);
  }

  /** KVM_RUN returns at once, with EINTR, having completed what was pending. */
  set immediateExit(value: boolean) {
    Atomics.store(this.#bytes, kvmRun.immediate_exit, value ? 1 : 0);
  }

  get immediateExit(): boolean {
    return Atomics.load(this.#bytes, kvmRun.immediate_exit) === 1;
  }

  get ioIsOut(): boolean {
    return this.u8(io.direction) === KVM_EXIT_IO_OUT;
  }

  get ioSize(): number {
    return this.u8(io.size);
  }

  get ioPort(): number {
    return this.#u16[io.port / 2] ?? 0;
  }

  get ioCount(): number {
    return this.u32(io.count);
  }

  /** All bytes of an I/O exit. */
  ioData(): Uint8Array {
    // The offset is a word of 64 bits; the page has a few thousand bytes.
    const start = this.u32(io.data_offset);
    const length = this.ioSize * this.ioCount;
    const last = this.#ioData;
    if (last.byteOffset !== start || last.length !== length) {
      this.#ioData = this.#bytes.subarray(start, start + length);
    }
    return this.#ioData;
  }

  /** The address of an MMIO exit. Guest physical addresses have at most 52 bits. */
  get mmioAddress(): number {
    return this.u32(mmio.phys_addr + 4) * 0x1_0000_0000 + this.u32(mmio.phys_addr);
  }

  get mmioIsWrite(): boolean {
    return this.u8(mmio.is_write) !== 0;
  }

  /** The 1 to 8 bytes of an MMIO exit. */
  mmioData(): Uint8Array {
    return this.#mmioData[this.u32(mmio.len)] ?? this.#bytes.subarray(mmio.data, mmio.data + 8);
  }

  /** Views of it that devices kept read zeros afterwards. */
  close(): void {
    this.#range.close();
  }
}
