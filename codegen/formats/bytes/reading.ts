/** Which bytes of a packet hold what, so that two plans can be compared by what they mean. */
import { type IntegerStep, type Plan, type TagStep, typeText } from '../../model/packet.js';
import { elementCount } from '../../model/queries.js';

/** A number in a packet. */
type NumberStep = TagStep | IntegerStep;

/** The bytes of one integer, by offset, least significant first. */
type Bytes = readonly number[];

/** What a receiver makes of an integer that a sender wrote. */
export type Reading =
  | { readonly kind: 'same' }
  /** The receiver's is wider, and what it has more is always zero. */
  | { readonly kind: 'widened' }
  | { readonly kind: 'wrong'; readonly why: string };

/** The bytes of each element of a member (one element, unless it is an array). */
function elementsOf({ offset, type, member }: NumberStep): readonly Bytes[] {
  return Array.from({ length: elementCount(member) }, (_, index) => {
    const start = offset + index * type.size;
    const bytes = Array.from({ length: type.size }, (__, byte) => start + byte);
    return type.endian === 'little' ? bytes : bytes.toReversed();
  });
}

/** The bytes that a sender may set to something else than zero: the tag and the members. */
export function writtenBytes(plan: Plan): ReadonlySet<number> {
  return new Set(
    plan.flatMap((step) => {
      switch (step.kind) {
        case 'tag':
        case 'integer':
          return elementsOf(step).flat();
        case 'zeros':
          return [];
      }
    }),
  );
}

/** Whether a receiver's member lies only on bytes that the sender leaves zero. */
export function readsZero(read: NumberStep, written: ReadonlySet<number>): boolean {
  return !elementsOf(read)
    .flat()
    .some((byte) => written.has(byte));
}

/** What the receiver makes of the sender's bytes of `sent`. */
export function readInteger(
  sent: NumberStep,
  written: ReadonlySet<number>,
  read: NumberStep,
): Reading {
  const from = elementsOf(sent);
  const to = elementsOf(read);
  const readings = to.map((bytes, index) => {
    const source = from[index];
    if (source !== undefined) return readElement(source, sent, written, bytes, read);
    return bytes.some((byte) => written.has(byte))
      ? wrong(`element ${index} is read from other bytes`)
      : { kind: 'widened' as const };
  });
  const bad = readings.find((reading) => reading.kind === 'wrong');
  if (bad !== undefined) return bad;
  if (from.length > to.length) return wrong(`elements from ${to.length} on are ignored`);
  return readings.find((reading) => reading.kind === 'widened') ?? { kind: 'same' };
}

function readElement(
  from: Bytes,
  sent: NumberStep,
  written: ReadonlySet<number>,
  to: Bytes,
  read: NumberStep,
): Reading {
  const shared = Math.min(from.length, to.length);
  if (from.slice(0, shared).some((byte, index) => byte !== to[index]))
    return wrong('other bytes are read');
  const bits = 8 * shared;
  if (to.length < from.length) return wrong(`only the low ${bits} bits are read`);
  if (to.length === from.length) {
    if (sent.type.signed === read.type.signed) return { kind: 'same' };
    return sent.type.signed
      ? wrong('negative numbers are read as large positive ones')
      : wrong(`numbers from 2^${bits - 1} on are read as negative ones`);
  }
  if (to.slice(shared).some((byte) => written.has(byte)))
    return wrong('bytes of another member are read as well');
  return sent.type.signed
    ? wrong('negative numbers are read as positive ones')
    : { kind: 'widened' };
}

function wrong(why: string): Reading {
  return { kind: 'wrong', why };
}

/** The type and place of a number, as people say it: `u8 at byte 8`. */
export function placeOf({ type, member, offset }: NumberStep): string {
  return `${typeText(type, member)} at byte ${offset}`;
}
