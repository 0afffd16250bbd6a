/** Bytes and types of members, as the page says them. */
import type { Member, Message } from '../../model/protocol.js';
import { code, inline } from './text.js';

/** `8–15`, or `8` for one byte. */
export function byteRange(offset: number, size: number): string {
  return size === 1 ? `${offset}` : `${offset}–${offset + size - 1}`;
}

/** The type of a member, with its unit or enum: `u8le`, bytes. */
export function memberType(member: Member): string {
  if (member.kind === 'descriptor') {
    const kind = `descriptor, ${code(member.descriptor)}`;
    return member.optional ? `${kind}, optional` : kind;
  }
  const endian = member.size === 1 ? '' : member.endian === 'little' ? 'le' : 'be';
  const count = member.count === undefined ? '' : `[${member.count}]`;
  const type = code(`${member.signed ? 's' : 'u'}${member.size}${endian}${count}`);
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
  const integers = [message.tag, ...message.members].filter(
    (member) => member.kind === 'integer' && member.size > 1,
  );
  const endians = new Set(
    integers.flatMap((member) => (member.kind === 'integer' ? [member.endian] : [])),
  );
  if (endians.size === 0) return 'no member longer than a byte';
  if (endians.size === 2) return 'little-endian and big-endian';
  return endians.has('little') ? 'little-endian' : 'big-endian';
}

/** A size for people: `1 byte`, `24 bytes`. */
export function sizeText(bytes: number): string {
  return `${bytes} ${bytes === 1 ? 'byte' : 'bytes'}`;
}
