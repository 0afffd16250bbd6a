/** Bytes and types of members, as the page says them. */
import { integerSteps, typeText, type WireInteger, wireInteger } from '../../model/packet.js';
import type { DescriptorMember, IntegerMember, Member, Message } from '../../model/protocol.js';
import type { AnyVariant } from '../../model/queries.js';
import { code, inline } from './text.js';

/** `8–15`, or `8` for one byte. */
export function byteRange(offset: number, size: number): string {
  return size === 1 ? `${offset}` : `${offset}–${offset + size - 1}`;
}

/** The type of a variant's member, with its unit or enum: `u8le`, bytes. */
export function memberType(message: Message, variant: AnyVariant, member: Member): string {
  switch (member.kind) {
    case 'descriptor':
      return descriptorType(member);
    case 'integer':
      return integerType(member, wireInteger(message, variant, member));
  }
}

export function descriptorType({ descriptor, optional }: DescriptorMember): string {
  return `descriptor, ${code(descriptor)}${optional ? ', optional' : ''}`;
}

export function integerType(member: IntegerMember, wire: WireInteger): string {
  const type = code(typeText(wire, member));
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
  const numbers = [message.wire.tag, ...integerSteps(message.wire.struct)];
  const endians = new Set(numbers.flatMap(({ type }) => (type.size > 1 ? [type.endian] : [])));
  if (endians.size === 0) return 'no member longer than a byte';
  if (endians.size === 2) return 'little-endian and big-endian';
  return endians.has('little') ? 'little-endian' : 'big-endian';
}
