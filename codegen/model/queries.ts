/** Questions about a protocol that several rooms ask, each answered here and nowhere else. */
import type {
  DescriptorMember,
  EnumType,
  IntegerMember,
  LocalVariant,
  Member,
  Message,
  Protocol,
  Variant,
} from './protocol.js';

/** A variant that travels, or one that is executed locally. */
export type AnyVariant = Variant | LocalVariant;

/** The message's variants as bindings list them: those with a tag, then the local ones. */
export function allVariants(message: Message): readonly AnyVariant[] {
  return [...message.variants, ...message.locals];
}

/** Whether the variant has a tag, and so can be sent. */
export function travels(variant: AnyVariant): variant is Variant {
  return 'tag' in variant;
}

export function integerMembers(variant: Pick<AnyVariant, 'members'>): IntegerMember[] {
  return variant.members.filter((member) => member.kind === 'integer');
}

export function descriptorMembers(variant: Pick<AnyVariant, 'members'>): DescriptorMember[] {
  return variant.members.filter((member) => member.kind === 'descriptor');
}

/** The fewest descriptors that a variant takes. */
export function minFds(variant: AnyVariant): number {
  return descriptorMembers(variant).filter((member) => !member.optional).length;
}

/** The most descriptors that a variant takes. */
export function maxFds(variant: AnyVariant): number {
  return descriptorMembers(variant).length;
}

/** Whether any of the variants carries a descriptor. */
export function carriesDescriptors(variants: readonly AnyVariant[]): boolean {
  return variants.some((variant) => maxFds(variant) > 0);
}

/** Whether a sender may leave the member out. */
export function isOptional(member: Member): boolean {
  switch (member.kind) {
    case 'integer':
      return false;
    case 'descriptor':
      return member.optional;
  }
}

/** How many elements a member has: 1 if it is no array. */
export function elementCount(member: IntegerMember): number {
  return member.count ?? 1;
}

/** The bytes of all elements. */
export function byteCount(member: IntegerMember): number {
  return member.size * elementCount(member);
}

/** What decides which numbers an integer holds. */
export type Range = Pick<IntegerMember, 'size' | 'signed'>;

/** The least number that fits. */
export function minimum({ size, signed }: Range): bigint {
  return signed ? -(1n << BigInt(8 * size - 1)) : 0n;
}

/** The greatest number that fits. */
export function maximum({ size, signed }: Range): bigint {
  return (1n << BigInt(8 * size - (signed ? 1 : 0))) - 1n;
}

/** The integer that holds every value of an open enum: that of its users, or the widest of them. */
export function enumRange(protocol: Protocol, { name }: EnumType): Range {
  const users = protocol.messages
    .flatMap((message) => [message, ...message.locals])
    .flatMap(integerMembers)
    .filter((member) => member.enum?.name === name);
  const sizes = users.map(({ size }) => size);
  return {
    size: sizes.reduce((widest, size) => (size > widest ? size : widest)),
    signed: users.some(({ signed }) => signed),
  };
}

/** A size for people: `1 byte`, `24 bytes`. */
export function sizeText(bytes: number): string {
  return `${bytes} ${bytes === 1 ? 'byte' : 'bytes'}`;
}

/** The answer that the schema names for a request. */
export function answerTo(
  { response }: { readonly response: Message },
  request: AnyVariant,
): Variant | undefined {
  return response.variants.find(({ name }) => name === request.response);
}
