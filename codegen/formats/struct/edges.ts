/** Packets of wrong lengths, with unknown tags, and with several faults at once. */
import { hex, lookAlikes, packet, received, sampleValues, withTag } from '../../cases/packets.js';
import type { DecodeVector } from '../../cases/vector-file.js';
import {
  policies,
  type Policy,
  type Refusal,
  refusal,
  valueOfVariant,
} from '../../cases/vectors.js';
import type { Message, Variant } from '../../model/protocol.js';
import { maxFds, minFds } from '../../model/queries.js';

export function structEdges(message: Message): readonly DecodeVector[] {
  return [...lengthVectors(message), ...tagVectors(message), ...orderVectors(message)];
}

/** A packet that is refused, or accepted although it is too long. */
function lengthVectors(message: Message): DecodeVector[] {
  const { size } = message.wire;
  const tagSize = message.wire.tag.size;
  const few = [size - 1, size + 1];
  const all = [0, 1, tagSize - 1, tagSize, size >> 1, ...few, 2 * size, size + 4096];
  const lengths = new Set(all.filter((length) => length !== size));
  return message.variants.flatMap((variant, index) =>
    [...(index === 0 ? lengths : few)].flatMap((length) =>
      policies.map((policy) => lengthVector(message, variant, length, policy)),
    ),
  );
}

function lengthVector(
  message: Message,
  variant: Variant,
  length: number,
  policy: Policy,
): DecodeVector {
  const sample = sampleValues(message, variant);
  const fds = maxFds(variant);
  const accepted = length > message.wire.size && policy === 'crosvm2018';
  return {
    name: `decode ${message.name} ${variant.name} length=${length} ${policy}`,
    op: 'decode',
    message: message.name,
    policy,
    bytes: hex(packet(message, variant, sample).slice(0, length)),
    length,
    fds,
    result: accepted
      ? {
          value: valueOfVariant(variant, received(variant, sample), fds),
          kept: Array.from({ length: fds }, (_, at) => at),
        }
      : { error: 'bad_size', size: length },
  };
}

/** Tags that name no variant. */
function tagVectors(message: Message): DecodeVector[] {
  const [first] = message.variants;
  if (first === undefined) return [];
  const assigned = new Set(message.variants.map((variant) => variant.tag));
  const highest = message.variants.at(-1)?.tag ?? 0n;
  const neighbours = [0n, highest + 1n, 255n].filter(
    (tag) => !assigned.has(tag) && tag < 1n << BigInt(8 * message.wire.tag.size - 1),
  );
  const unassigned = new Set([...neighbours, ...message.reserved, ...lookAlikes(message, first)]);
  const bytes = packet(message, first, sampleValues(message, first));
  return [...unassigned].flatMap((tag) =>
    policies.map((policy) =>
      refusal(message, `tag=${tag}`, policy, withTag(message, bytes, tag), 1, {
        error: 'invalid_type',
      }),
    ),
  );
}

/** Packets with several faults: which one is reported. */
function orderVectors(message: Message): DecodeVector[] {
  const greediest = message.variants.toSorted((a, b) => maxFds(b) - maxFds(a))[0];
  if (greediest === undefined) return [];
  const bytes = packet(message, greediest, sampleValues(message, greediest));
  const short = bytes.slice(0, -1);
  const long = [...bytes, 0];
  const surplus = maxFds(greediest) + 1;
  const tooShort: Refusal = { error: 'bad_size', size: short.length };
  const tooLong: Refusal = { error: 'bad_size', size: long.length };
  const invalidType: Refusal = { error: 'invalid_type' };
  const expectFd: Refusal = { error: 'expect_fd' };
  const order = (
    name: string,
    policy: Policy,
    packetBytes: readonly number[],
    fds: number,
    result: Refusal,
  ): DecodeVector => refusal(message, `order: ${name}`, policy, packetBytes, fds, result);
  const vectors: DecodeVector[] = [order('long, surplus fds', 'strict', long, surplus, tooLong)];
  for (const policy of policies) {
    vectors.push(order('short, surplus fds', policy, short, surplus, tooShort));
  }
  if (minFds(greediest) > 0) {
    for (const policy of policies) {
      vectors.push(order('short, missing fds', policy, short, 0, tooShort));
    }
    vectors.push(order('long, missing fds', 'strict', long, 0, tooLong));
    vectors.push(order('long, missing fds', 'crosvm2018', long, 0, expectFd));
  }
  const [unknownTag] = lookAlikes(message, greediest);
  if (unknownTag === undefined) return vectors;
  const unknown = withTag(message, bytes, unknownTag);
  for (const policy of policies) {
    for (const fds of [0, surplus]) {
      vectors.push(order('short, unknown tag', policy, unknown.slice(0, -1), fds, tooShort));
      vectors.push(order('unknown tag', policy, unknown, fds, invalidType));
    }
  }
  vectors.push(order('long, unknown tag', 'strict', [...unknown, 0], 0, tooLong));
  vectors.push(order('long, unknown tag', 'crosvm2018', [...unknown, 0], 0, invalidType));
  return vectors;
}
