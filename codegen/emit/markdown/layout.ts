/** Bytes and types of members, as the page says them. */
import type { IntegerMember, Member, Message } from '../../model/protocol.js';
import { integerMembers, typeText } from '../../model/queries.js';
import { code, inline } from './text.js';

/** `8–15`, or `8` for one byte. */
export function byteRange(offset: number, size: number): string {
  return size === 1 ? `${offset}` : `${offset}–${offset + size - 1}`;
}

/** The type of a member, with its unit or enum: `u8le`, bytes. */
export function memberType(member: Member): string {
  switch (member.kind) {
    case 'descriptor': {
      const kind = `descriptor, ${code(member.descriptor)}`;
      return member.optional ? `${kind}, optional` : kind;
    }
    case 'integer':
      return integerType(member);
  }
}

function integerType(member: IntegerMember): string {
  const type = code(typeText(member));
  if (member.errno) return `${type}, errno`;
  if (member.enum !== undefined)
    return `${type}, [${code(member.enum.name)}](#${member.enum.name})`;
  return member.unit === undefined ? type : `${type}, ${inline(member.unit)}`;
}

export function meaningOf(member: Member): string {
  return inline(member.doc);
}

/** `little-endian` if all of the message is. */
export function endianText(message: Message): string {
  const integers = [message.tag, ...integerMembers(message)].filter(({ size }) => size > 1);
  const endians = new Set(integers.map(({ endian }) => endian));
  if (endians.size === 0) return 'no member longer than a byte';
  if (endians.size === 2) return 'little-endian and big-endian';
  return endians.has('little') ? 'little-endian' : 'big-endian';
}
