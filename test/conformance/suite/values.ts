/** Values that are worth a case: the boundaries of every member, and random ones that are the same every time. */
import {
  boundaryValues,
  errnoReceived,
  errnoSent,
  valueOf,
} from '../../../codegen/cases/integers.js';
import { sampleValues, type Values } from '../../../codegen/cases/packets.js';
import { wireInteger } from '../../../codegen/model/packet.js';
import type { Message, Variant } from '../../../codegen/model/protocol.js';
import { elementCount, integerMembers } from '../../../codegen/model/queries.js';

export interface NamedValues {
  readonly name: string;
  readonly values: Values;
}

const randomCount = 16;

/**
 * A variant's values: the sample, each member at each boundary, and random ones.
 *
 * @param direction decides which errnos there are: what programs hand over, or what may arrive
 */
export function valuesOf(
  message: Message,
  variant: Variant,
  direction: 'sent' | 'received',
): NamedValues[] {
  const sample = sampleValues(message, variant);
  const errnos = direction === 'sent' ? errnoSent : errnoReceived;
  const boundaries = integerMembers(variant).flatMap((member) =>
    (member.errno ? errnos : boundaryValues(member)).map(({ name, value }) => ({
      name: ` ${member.name}=${name}`,
      values: new Map(sample).set(
        member.name,
        Array.from({ length: elementCount(member) }, () => value),
      ),
    })),
  );
  const random = integerMembers(variant).length === 0 ? [] : randomValues(message, variant);
  return [{ name: '', values: sample }, ...boundaries, ...random];
}

function randomValues(message: Message, variant: Variant): NamedValues[] {
  const next = generator(`${message.name} ${variant.name}`);
  return Array.from({ length: randomCount }, (_, index) => ({
    name: ` random ${index}`,
    values: new Map(
      integerMembers(variant).map((member) => [
        member.name,
        Array.from({ length: elementCount(member) }, () =>
          valueOf(
            wireInteger(message, variant, member),
            Array.from({ length: member.size }, () => next()),
          ),
        ),
      ]),
    ),
  }));
}

/** Bytes from a name: mulberry32, seeded by an FNV-1a hash. */
function generator(seed: string): () => number {
  let state = 0x811c9dc5;
  for (const character of seed) state = Math.imul(state ^ character.charCodeAt(0), 0x01000193);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    const mixed = Math.imul(state ^ (state >>> 15), state | 1);
    const last = mixed ^ (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61));
    return (last ^ (last >>> 14)) & 0xff;
  };
}
