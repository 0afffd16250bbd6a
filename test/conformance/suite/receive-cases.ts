/** Packets made by hand from any schema, and what each policy makes of them. */
import {
  keptDescriptors,
  meaningfulBytes,
  packet,
  received,
  sampleValues,
  unassignedTags,
  withTag,
  type Values,
} from '../../../codegen/cases/packets.js';
import { valueOf } from '../../../codegen/cases/integers.js';
import type { Message, Protocol, Variant } from '../../../codegen/model/protocol.js';
import { maxFds } from '../../../codegen/model/queries.js';
import { fieldsOf, type Accepted, type Policy, type ReceiveCase, type Refusal } from './cases.js';
import { valuesOf } from './values.js';

/** How many descriptors packets carry: few, and as many as Linux lets through (SCM_MAX_FD). */
const fdCounts = [0, 1, 2, 3, 253];

/** Every packet that the suite makes by hand, for a receiver of this policy. */
export function receiveCases(protocol: Protocol, policy: Policy): ReceiveCase[] {
  return protocol.messages.flatMap((message) => {
    const packets = new Packets(protocol, message, policy);
    return [
      ...message.variants.flatMap((variant) => [
        ...valueCases(packets, variant),
        ...lengthCases(packets, variant),
        ...paddingCases(packets, variant),
        ...descriptorCases(packets, variant),
        ...badPacketCases(packets, variant),
      ]),
      ...tagCases(packets),
    ];
  });
}

/** Makes cases of one message, and tells what is expected. */
class Packets {
  readonly message: Message;
  readonly policy: Policy;
  readonly #roomOfSchema: number;

  constructor(protocol: Protocol, message: Message, policy: Policy) {
    this.message = message;
    this.policy = policy;
    this.#roomOfSchema = protocol.maxFds;
  }

  sample(variant: Variant): number[] {
    return packet(this.message, variant, sampleValues(this.message, variant));
  }

  /** A packet with the variant's tag; whatever it is long enough for, `values` are in it. */
  of(
    group: string,
    name: string,
    variant: Variant,
    bytes: readonly number[],
    fds: number,
    given: { readonly values?: Values; readonly maxFds?: number } = {},
  ): ReceiveCase {
    const values = given.values ?? sampleValues(this.message, variant);
    return {
      group,
      name: `${this.message.name} ${variant.name}${name} fds=${fds}`,
      message: this.message.name,
      bytes: Uint8Array.from(bytes),
      fds,
      maxFds: given.maxFds,
      expected: this.#wrongSize(bytes.length) ?? this.#accepted(variant, values, fds, given.maxFds),
    };
  }

  /** A packet whose tag names no variant. */
  unknown(group: string, name: string, bytes: readonly number[], fds: number): ReceiveCase {
    return {
      group,
      name: `${this.message.name}${name} fds=${fds}`,
      message: this.message.name,
      bytes: Uint8Array.from(bytes),
      fds,
      expected: this.#wrongSize(bytes.length) ?? { error: 'invalid_type' },
    };
  }

  #wrongSize(length: number): Refusal | undefined {
    const { size } = this.message.wire;
    if (length === size || (length > size && this.policy === 'crosvm2018')) return undefined;
    return { error: 'bad_size', size: length };
  }

  #accepted(
    variant: Variant,
    values: Values,
    fds: number,
    room: number | undefined,
  ): Accepted | Refusal {
    // The reference gives room for so many; who is strict sees them all.
    const seen = this.policy === 'strict' ? fds : Math.min(fds, room ?? this.#roomOfSchema);
    const kept = keptDescriptors(variant, seen, this.policy);
    if (typeof kept === 'string') return { error: kept };
    return {
      variant: variant.name,
      fields: fieldsOf(variant, received(variant, values)),
      fds: kept,
    };
  }
}

function valueCases(packets: Packets, variant: Variant): ReceiveCase[] {
  const { message } = packets;
  return valuesOf(message, variant, 'received').map(({ name, values }) =>
    packets.of('values', name, variant, packet(message, variant, values), maxFds(variant), {
      values,
    }),
  );
}

/** Every length from 0 to past the end; what follows the message is not zero. */
function lengthCases(packets: Packets, variant: Variant): ReceiveCase[] {
  const { size } = packets.message.wire;
  const bytes = [...packets.sample(variant), ...Array.from({ length: 4096 }, () => 0xee)];
  const lengths = Array.from({ length: size + 9 }, (_, length) => length);
  return [...new Set([...lengths, 2 * size, size + 4096])]
    .filter((length) => length !== size)
    .map((length) =>
      packets.of('lengths', ` length=${length}`, variant, bytes.slice(0, length), maxFds(variant)),
    );
}

/** Every byte that has no meaning for the variant, alone and all together. */
function paddingCases(packets: Packets, variant: Variant): ReceiveCase[] {
  const bytes = packets.sample(variant);
  const unused = meaningfulBytes(packets.message, variant).flatMap((used, at) =>
    used ? [] : [at],
  );
  if (unused.length === 0) return [];
  const noise = bytes.map((byte, at) => (unused.includes(at) ? 0xa5 : byte));
  return [
    ...unused.map((at) =>
      packets.of('padding', ` byte ${at} not zero`, variant, bytes.with(at, 0xa5), maxFds(variant)),
    ),
    packets.of('padding', ' no unused byte zero', variant, noise, maxFds(variant)),
  ];
}

function descriptorCases(packets: Packets, variant: Variant): ReceiveCase[] {
  const bytes = packets.sample(variant);
  const counts = new Set([...fdCounts, maxFds(variant), maxFds(variant) + 1]);
  const cases = [...counts].map((fds) => packets.of('descriptors', '', variant, bytes, fds));
  if (packets.policy === 'strict') return cases;
  const rooms = [0, 1, 2, 3, 253].flatMap((room) =>
    fdCounts.map((fds) =>
      packets.of('room', ` max_fds=${room}`, variant, bytes, fds, { maxFds: room }),
    ),
  );
  return [...cases, ...rooms];
}

/** Bad packets that carry descriptors: none may stay open, and the first fault is the one that is told. */
function badPacketCases(packets: Packets, variant: Variant): ReceiveCase[] {
  const bytes = packets.sample(variant);
  const [tag] = unknownTags(packets.message);
  return fdCounts.flatMap((fds) => {
    const bad = (name: string, of: readonly number[]): ReceiveCase =>
      packets.of('bad packets', name, variant, of, fds);
    const cases = [
      bad(' empty', []),
      bad(' one byte short', bytes.slice(0, -1)),
      bad(' one byte long', [...bytes, 0xee]),
    ];
    if (tag === undefined) return cases;
    const unknown = withTag(packets.message, bytes, tag);
    const named = (name: string, of: readonly number[]): ReceiveCase =>
      packets.unknown('bad packets', ` ${variant.name}${name}`, of, fds);
    return [
      ...cases,
      named(' with an unknown tag', unknown),
      named(' with an unknown tag, one byte short', unknown.slice(0, -1)),
      named(' with an unknown tag, one byte long', [...unknown, 0xee]),
    ];
  });
}

/** Every tag that is not assigned: up to 255, look-alikes of those that are, and reserved ones. */
function tagCases(packets: Packets): ReceiveCase[] {
  const { message } = packets;
  const [variant] = message.variants;
  if (variant === undefined) return [];
  const bytes = packets.sample(variant);
  return unknownTags(message).flatMap((tag) =>
    [0, 1].map((fds) => packets.unknown('tags', ` tag=${tag}`, withTag(message, bytes, tag), fds)),
  );
}

function unknownTags(message: Message): bigint[] {
  return [...unassignedTags(message)].map((bytes) =>
    valueOf(message.wire.tag.type, [...Buffer.from(bytes, 'hex')]),
  );
}
