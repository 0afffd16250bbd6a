/** What the emitters of bindings ask about a message: offsets, descriptors, alignment. */
import type {
  DescriptorMember,
  IntegerMember,
  LocalVariant,
  Member,
  Message,
  StructField,
  Variant,
} from '../model/protocol.js';
import { Scope } from '../model/scope.js';

export type AnyVariant = Variant | LocalVariant;

/** Bytes from the start of the message, or undefined for a member of a local variant. */
export function offsetOf(message: Message, member: IntegerMember): number | undefined {
  return message.layout.fields.find(
    (field) => field.kind === 'member' && field.member.name === member.name,
  )?.offset;
}

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

/** The message's variants as its bindings list them: those with a tag, then the local ones. */
export function allVariants(message: Message): readonly AnyVariant[] {
  return [...message.variants, ...message.locals];
}

export function tagOf(variant: AnyVariant): bigint | undefined {
  return 'tag' in variant ? variant.tag : undefined;
}

export function isDescriptor(member: Member): member is DescriptorMember {
  return member.kind === 'descriptor';
}

export function isInteger(member: Member): member is IntegerMember {
  return member.kind === 'integer';
}

export function descriptorLimits(variant: AnyVariant): { min: number; max: number } {
  const descriptors = variant.members.filter(isDescriptor);
  return {
    min: descriptors.filter((member) => !member.optional).length,
    max: descriptors.length,
  };
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
