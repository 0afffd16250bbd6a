/** The struct in which the members of all variants lie, for languages that declare it: its names and alignment. */
import type { Message, StructField } from '../model/protocol.js';
import { Scope } from '../model/scope.js';

/** What each field of the struct is called, given its members' names: padding gives way to them. */
export function fieldNames(
  message: Message,
  members: ReadonlyMap<string, string>,
): ReadonlyMap<StructField, string> {
  const scope = new Scope(members.values());
  return new Map(
    message.layout.fields.map((field) => [
      field,
      field.kind === 'padding'
        ? scope.claim(`padding_${field.offset}`)
        : (members.get(field.member.name) ?? field.member.name),
    ]),
  );
}

/** Whether a struct of plain integers lies in memory as the layout says, without being packed. */
export function isNaturallyAligned(message: Message): boolean {
  const integers = message.layout.fields.filter((field) => field.kind === 'member');
  const alignment = Math.max(...integers.map((field) => field.member.size));
  return (
    message.layout.size % alignment === 0 &&
    integers.every((field) => field.offset % field.member.size === 0)
  );
}
