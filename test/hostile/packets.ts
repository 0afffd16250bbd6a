/** Packets by seed, from the protocol's own description: right ones, and wrong in every way. */
import { vmRequestCodec } from '../../generated/vm_control/vm_control.js';
import type { IntegerMember } from '../../runtime/codec/index.js';
import type { Random } from './random.js';

/** A packet that can be printed, sent and made smaller. */
export interface Packet {
  readonly bytes: Uint8Array;
  /** Which of `Samples.all` ride along: one ancillary message each. */
  readonly rights: readonly (readonly number[])[];
  readonly credentials: 'none' | 'before' | 'after';
}

const { size, tag, variants, padding } = vmRequestCodec.description;
const tagged = variants.filter((variant) => variant.tag !== undefined);
const lengths = [0, 1, 4, size - 1, size + 1, 2 * size, 3 * size, 4096, 65_536, 65_537, 100_000];

/** Values of an integer where code breaks. */
function boundary(random: Random, member: IntegerMember): bigint {
  const bits = BigInt(member.size * 8);
  const small = BigInt(random.below(72));
  const pages = BigInt(1 + random.below(16)) * 4096n;
  const power = 1n << BigInt(random.below(Number(bits)));
  const choices = [small, pages, pages, pages, power, power - 1n, (1n << bits) - 1n];
  return BigInt.asUintN(Number(bits), random.pick(choices));
}

function store(view: DataView, member: IntegerMember, value: bigint): void {
  for (let index = 0; index < member.size; index++) {
    const shift = member.littleEndian ? index : member.size - 1 - index;
    view.setUint8(member.offset + index, Number((value >> BigInt(8 * shift)) & 0xffn));
  }
}

function drawRights(random: Random, count: number, kinds: number): number[][] {
  const fds = Array.from({ length: count }, () => random.below(kinds));
  if (count < 2 || random.below(3) > 0) return count === 0 ? [] : [fds];
  const cut = 1 + random.below(count - 1);
  return [fds.slice(0, cut), fds.slice(cut)];
}

/** Cut, glued to a copy of itself and more, or of no length at all. */
function otherLength(random: Random, bytes: Uint8Array): Uint8Array {
  const longer = new Uint8Array(random.pick(lengths));
  for (let at = 0; at < longer.length; at += size)
    longer.set(bytes.subarray(0, longer.length - at), at);
  return longer;
}

/** @param kinds how many kinds of descriptor there are */
export function drawPacket(random: Random, kinds: number): Packet {
  const variant = random.pick(tagged);
  let bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  const fault = random.below(12);
  // Members that the variant does not use, and padding: nobody may look at them.
  if (random.below(2) === 0) for (let at = 0; at < size; at++) bytes[at] = random.below(256);
  if (fault === 3) for (const gap of padding) bytes.fill(0xff, gap.offset, gap.offset + gap.size);
  for (const member of variant.members) {
    if (member.kind === 'integer') store(view, member, boundary(random, member));
  }
  const wrongTag = boundary(random, tag);
  store(view, tag, fault === 0 ? wrongTag : BigInt(variant.tag ?? 0));
  if (fault === 1) bytes = new Uint8Array(otherLength(random, bytes));
  const count = fault === 2 ? random.pick([0, 1, 2, 3, 16, 253]) : variant.maxFds;
  return {
    bytes,
    rights: drawRights(random, count, kinds),
    credentials: random.pick(['none', 'none', 'before', 'after']),
  };
}

/** The packet in one line. */
export function showPacket(
  { bytes, rights, credentials }: Packet,
  names: readonly string[],
): string {
  const hex = Buffer.from(bytes.subarray(0, 48)).toString('hex');
  const fds = rights.map((each) => `[${each.map((kind) => names[kind]).join(', ')}]`).join(' ');
  return `${bytes.length} bytes ${hex}${bytes.length > 48 ? '…' : ''}, descriptors ${fds || 'none'}, credentials ${credentials}`;
}

/** Packets that are a little simpler, simplest first. */
export function simpler(packet: Packet): Packet[] {
  const { bytes, rights, credentials } = packet;
  const candidates: Packet[] = [];
  if (credentials !== 'none') candidates.push({ ...packet, credentials: 'none' });
  if (rights.length > 0) candidates.push({ ...packet, rights: [] });
  const all = rights.flat();
  if (all.length > 1) candidates.push({ ...packet, rights: [all.slice(0, all.length >> 1)] });
  if (rights.length > 1) candidates.push({ ...packet, rights: [all] });
  if (bytes.length > size) candidates.push({ ...packet, bytes: bytes.slice(0, bytes.length >> 1) });
  for (let at = tag.offset + tag.size; at < Math.min(size, bytes.length); at += 4) {
    const zeroed = bytes.slice();
    zeroed.fill(0, at, at + 4);
    if (bytes.subarray(at, at + 4).some((byte) => byte !== 0))
      candidates.push({ ...packet, bytes: zeroed });
  }
  return candidates;
}
