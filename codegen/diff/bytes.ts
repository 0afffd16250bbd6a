/** Which bytes of a packet hold what, so that two layouts can be compared by what they mean. */
import type { IntegerMember, Member, Message } from '../model/protocol.js';
import { elementCount, integerMembers, offsetOf, typeText } from '../model/queries.js';

/** The bytes of one integer, by offset, least significant first. */
type Bytes = readonly number[];

/** What a receiver makes of an integer that a sender wrote. */
export type Reading =
  | { readonly kind: 'same' }
  /** The receiver's is wider, and what it has more is always zero. */
  | { readonly kind: 'widened' }
  | { readonly kind: 'wrong'; readonly why: string };

/** The bytes of each element of a member (one element, unless it is an array). */
function elementsOf(message: Message, member: IntegerMember): readonly Bytes[] {
  const offset = offsetOf(message, member);
  return Array.from({ length: elementCount(member) }, (_, index) => {
    const start = offset + index * member.size;
    const bytes = Array.from({ length: member.size }, (__, byte) => start + byte);
    return member.endian === 'little' ? bytes : bytes.toReversed();
  });
}

/** The bytes that a sender of a variant may set to something else than zero: its members and the tag. */
export function writtenBytes(message: Message, members: readonly Member[]): ReadonlySet<number> {
  const integers = integerMembers({ members });
  return new Set(
    [message.tag, ...integers].flatMap((member) => elementsOf(message, member).flat()),
  );
}

/** Whether a receiver's member lies only on bytes that the sender leaves zero. */
export function readsZero(
  message: Message,
  member: IntegerMember,
  written: ReadonlySet<number>,
): boolean {
  return !elementsOf(message, member)
    .flat()
    .some((byte) => written.has(byte));
}

/** What `receiver`'s member makes of the sender's bytes of `sent`. */
export function readInteger(
  sender: Message,
  sent: IntegerMember,
  written: ReadonlySet<number>,
  receiver: Message,
  read: IntegerMember,
): Reading {
  const from = elementsOf(sender, sent);
  const to = elementsOf(receiver, read);
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
  sent: IntegerMember,
  written: ReadonlySet<number>,
  to: Bytes,
  read: IntegerMember,
): Reading {
  const shared = Math.min(from.length, to.length);
  if (from.slice(0, shared).some((byte, index) => byte !== to[index]))
    return wrong('other bytes are read');
  const bits = 8 * shared;
  if (to.length < from.length) return wrong(`only the low ${bits} bits are read`);
  if (to.length === from.length) {
    if (sent.signed === read.signed) return { kind: 'same' };
    return sent.signed
      ? wrong('negative numbers are read as large positive ones')
      : wrong(`numbers from 2^${bits - 1} on are read as negative ones`);
  }
  if (to.slice(shared).some((byte) => written.has(byte)))
    return wrong('bytes of another member are read as well');
  return sent.signed ? wrong('negative numbers are read as positive ones') : { kind: 'widened' };
}

function wrong(why: string): Reading {
  return { kind: 'wrong', why };
}

/** A member's type and place, as people say it: `u8 at byte 8`. */
export function placeOf(message: Message, member: IntegerMember): string {
  return `${typeText(member)} at byte ${offsetOf(message, member)}`;
}
