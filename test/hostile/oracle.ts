/** What a strict server must answer to any packet, worked out without its code. */
import {
  type VmResponse,
  vmRequestCodec,
  vmResponse,
} from '../../generated/vm_control/vm_control.js';
import { type ErrnoName, errno } from '../../native/errno.js';
import type { Sample } from './descriptors.js';
import type { Packet } from './packets.js';

/** `end`: the connection is closed instead. */
export type Expected = VmResponse | 'end';

const { size: messageSize, variants } = vmRequestCodec.description;
const windowStart = 1n << 38n;
const limits = { slots: 64, bytes: 1n << 40n };

const refuse = (code: ErrnoName): VmResponse => vmResponse.err(errno[code]);

/** Follows what is registered: the lowest free slot, the first gap of addresses. */
export class Oracle {
  readonly #samples: readonly Sample[];
  readonly #connected: boolean;
  readonly #slots = new Map<number, { start: bigint; size: bigint }>();

  constructor(samples: readonly Sample[], type: 'seqpacket' | 'datagram') {
    this.#samples = samples;
    this.#connected = type === 'seqpacket';
  }

  /** Slots that hold device memory. */
  get registered(): readonly number[] {
    return [...this.#slots.keys()];
  }

  /** The answer, after which what it changes has changed. */
  answer({ bytes, rights }: Packet): Expected {
    if (bytes.length === 0 && this.#connected) return 'end';
    if (bytes.length !== messageSize) return refuse('EPROTO');
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    const variant = variants.find(({ tag }) => tag === view.getUint32(0, true));
    const fds = rights.flat();
    if (variant === undefined || fds.length < variant.minFds || fds.length > variant.maxFds) {
      return refuse('EPROTO');
    }
    switch (variant.name) {
      case 'register_memory':
        return this.register(this.#samples[fds[0] ?? -1], view.getBigUint64(8, true));
      case 'unregister_memory':
        return this.#slots.delete(view.getUint32(4, true)) ? vmResponse.ok() : refuse('ENOENT');
      default:
        return vmResponse.ok();
    }
  }

  register(sample: Sample | undefined, size: bigint): VmResponse {
    if (size === 0n || size % 4096n !== 0n || size >= 1n << 53n) return refuse('EINVAL');
    const used = [...this.#slots.values()].reduce((sum, each) => sum + each.size, 0n);
    if (this.#slots.size >= limits.slots || used + size > limits.bytes) return refuse('ENOSPC');
    if (sample?.size === undefined || BigInt(sample.size) < size) return refuse('EINVAL');
    if (sample.refusal !== undefined) return refuse(sample.refusal);
    let slot = 1;
    while (this.#slots.has(slot)) slot++;
    const start = this.#firstGap(size);
    this.#slots.set(slot, { start, size });
    return vmResponse.registerMemory(start / 4096n, slot);
  }

  #firstGap(size: bigint): bigint {
    let start = windowStart;
    const taken = [...this.#slots.values()].toSorted((a, b) => (a.start < b.start ? -1 : 1));
    for (const range of taken) {
      if (start + size <= range.start) break;
      start = range.start + range.size;
    }
    return start;
  }
}
