/** Packets for tests and vectors, composed from the steps of their wire without any codec. */
import { bytesOf, errnoBits, errnoValue, valueOf } from './integers.js';
import { planOf, stepOf, type WireInteger, wireInteger } from '../model/packet.js';
import type { IntegerMember, LocalVariant, Message, Variant } from '../model/protocol.js';
import { byteCount, elementCount, integerMembers, maxFds, minFds } from '../model/queries.js';

/** The values of a variant's integer members by name, in order; one element each for a plain integer. */
export type Values = ReadonlyMap<string, readonly bigint[]>;

/**
 * Which of `given` descriptors a variant keeps, in the order of its members, or undefined if that
 * number is refused. Under `crosvm2018` a variant with one descriptor takes the last that arrived.
 */
export function keptDescriptors(
  variant: Variant,
  given: number,
  policy: 'strict' | 'crosvm2018',
): number[] | 'expect_fd' | 'unexpected_fd' {
  const most = maxFds(variant);
  if (given < minFds(variant)) return 'expect_fd';
  if (given > most && policy === 'strict') return 'unexpected_fd';
  if (most === 1 && given > 1) return [given - 1];
  return Array.from({ length: Math.min(most, given) }, (_, index) => index);
}

/** Which bytes of the packet the variant gives a meaning: the tag and its members. All others are sent as zero. */
export function meaningfulBytes(message: Message, variant: Variant): boolean[] {
  return planOf(message, variant).flatMap(({ kind, size }) =>
    Array.from({ length: size }, () => kind !== 'zeros'),
  );
}

/** The packet of a variant whose members hold `values`, already as they travel (an errno's bits). */
export function packet(message: Message, variant: Variant, values: Values): number[] {
  return planOf(message, variant).flatMap((step): number[] => {
    switch (step.kind) {
      case 'tag':
        return bytesOf(step.type, variant.tag);
      case 'integer': {
        const given = values.get(step.member.name) ?? [];
        return Array.from({ length: elementCount(step.member) }, (_, index) =>
          bytesOf(step.type, given[index] ?? 0n),
        ).flat();
      }
      case 'zeros':
        return Array.from({ length: step.size }, () => 0);
    }
  });
}

/** A copy of the packet with another tag. */
export function withTag({ wire }: Message, bytes: readonly number[], tag: bigint): number[] {
  return bytes.toSpliced(wire.tag.offset, wire.tag.size, ...bytesOf(wire.tag.type, tag));
}

/**
 * A value for each integer member, as it travels, such that no two bytes of a packet of up to 240
 * bytes are alike: a byte in the wrong place shows.
 */
export function sampleValues(message: Message, variant: Variant): Values {
  const plan = planOf(message, variant);
  return new Map(
    integerMembers(variant).map((member) => {
      const { type, offset } = stepOf(plan, member);
      return [member.name, distinct(member, type, offset)];
    }),
  );
}

/** The same for a variant that has no place in a packet. */
export function localSampleValues(message: Message, variant: LocalVariant): Values {
  let offset = 0;
  return new Map(
    integerMembers(variant).map((member) => {
      const values = distinct(member, wireInteger(message, variant, member), offset);
      offset += byteCount(member);
      return [member.name, values];
    }),
  );
}

function distinct(member: IntegerMember, type: WireInteger, offset: number): bigint[] {
  return Array.from({ length: elementCount(member) }, (_, index) => {
    const start = offset + index * member.size;
    const bytes = Array.from({ length: member.size }, (__, at) => 0x10 + ((start + at) % 0xf0));
    const value = valueOf(type, bytes);
    return member.errno ? BigInt.asUintN(31, value) : value;
  });
}

/** What a program sees of values that travelled. */
export function received(variant: Variant, values: Values): Values {
  return mapErrnos(variant, values, errnoValue);
}

/** How a program's values travel. */
export function sent(variant: Variant, values: Values): Values {
  return mapErrnos(variant, values, errnoBits);
}

function mapErrnos(variant: Variant, values: Values, change: (value: bigint) => bigint): Values {
  const errnos = new Set(
    integerMembers(variant)
      .filter((member) => member.errno)
      .map((member) => member.name),
  );
  return new Map(
    [...values].map(([name, each]) => [name, errnos.has(name) ? each.map(change) : each]),
  );
}

/**
 * Tags that name no variant but look like the variant's: with a bit of any byte changed, its bytes
 * swapped, or all bits set.
 */
export function lookAlikes(message: Message, variant: Variant): bigint[] {
  const assigned = new Set(message.variants.map(({ tag }) => tag));
  const { type } = message.wire.tag;
  const bytes = bytesOf(type, variant.tag);
  const changed = bytes.flatMap((byte, index) =>
    [0x01, 0x80].map((bit) => bytes.with(index, byte ^ bit)),
  );
  const candidates = [...changed, bytes.toReversed(), bytesOf(type, -1n)].map((each) =>
    valueOf(type, each),
  );
  return [...new Set(candidates)].filter((tag) => !assigned.has(tag));
}

/**
 * The bytes of every tag that the generated tests try as unassigned, in hex: all up to 255, the
 * reserved ones, all ones, and each assigned one with a bit changed or its bytes swapped.
 */
export function unassignedTags(message: Message): Set<string> {
  const { type } = message.wire.tag;
  const assigned = message.variants.map(({ tag }) => bytesOf(type, tag));
  const candidates = [
    ...Array.from({ length: 256 }, (_, tag) => bytesOf(type, BigInt(tag))),
    ...message.reserved.map((tag) => bytesOf(type, tag)),
    bytesOf(type, -1n),
    ...assigned.flatMap((bytes) => [
      bytes.toReversed(),
      ...bytes.flatMap((byte, index) =>
        Array.from({ length: 8 }, (_, bit) => bytes.with(index, byte ^ (1 << bit))),
      ),
    ]),
  ];
  const tags = new Set(candidates.map(hex));
  for (const bytes of assigned) tags.delete(hex(bytes));
  return tags;
}

export function hex(bytes: readonly number[]): string {
  return bytes.map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
