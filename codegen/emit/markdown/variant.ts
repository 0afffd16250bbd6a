/** The part of the page about one variant: its bytes, its descriptors, what answers it. */
import { planOf, type TagStep } from '../../model/packet.js';
import type { LocalVariant, Member, Message, Protocol, Variant } from '../../model/protocol.js';
import { type AnyVariant, descriptorMembers, travels } from '../../model/queries.js';
import { byteRange, descriptorType, integerType, meaningOf, memberType } from './layout.js';
import { code, paragraphs, table } from './text.js';
import type { Since } from './since.js';

/** A section for each variant of a message. */
export function variantSections(
  protocol: Protocol,
  message: Message,
  variants: readonly AnyVariant[],
  since: Since,
): readonly string[] {
  return variants.flatMap((variant) => [
    `### ${code(message.name)} ${code(variant.name)}`,
    '',
    ...paragraphs(variant.doc),
    facts(protocol, message, variant, since),
    '',
    ...(travels(variant)
      ? [...bytesTable(message, variant, since), ...descriptorTable(message, variant, since)]
      : localTable(message, variant, since)),
  ]);
}

function facts(protocol: Protocol, message: Message, variant: AnyVariant, since: Since): string {
  const { exchange } = protocol;
  const sentences = [
    travels(variant) ? `Tag ${variant.tag}.` : 'Executed locally: it never travels.',
  ];
  if (message === exchange?.request && variant.response !== undefined) {
    const link = (name: string) => `[${code(name)}](#${exchange.response.name}-${name})`;
    sentences.push(`Answered by ${link(variant.response)}, or by ${link(exchange.error.name)}.`);
  }
  if (message === exchange?.response && variant.name === exchange.error.name)
    sentences.push('The answer to any request that failed.');
  const first = since.variant(message, variant);
  if (first !== undefined) sentences.push(`Since ${code(first)}.`);
  return sentences.join(' ');
}

/** Every byte of a packet. */
function bytesTable(message: Message, variant: Variant, since: Since): readonly string[] {
  const rows = planOf(message, variant).map((step) => {
    const range = byteRange(step.offset, step.size);
    switch (step.kind) {
      case 'zeros':
        return [range, 'zero', '', ''];
      case 'tag': {
        const type = integerType(step.member, step.type);
        return [range, code(tagBytes(step, variant)), type, 'The tag.'];
      }
      case 'integer': {
        const { member } = step;
        const type = integerType(member, step.type);
        return [range, code(member.name), type, meaning(message, variant, member, since)];
      }
    }
  });
  return table(['Bytes', 'Content', 'Type', 'Meaning'], rows);
}

/** The bytes of the tag in the order in which they travel. */
function tagBytes({ size, type }: TagStep, variant: Variant): string {
  const bytes = BigInt.asUintN(8 * size, variant.tag)
    .toString(16)
    .padStart(2 * size, '0')
    .replace(/..(?=.)/g, '$& ')
    .split(' ');
  return (type.endian === 'big' ? bytes : bytes.toReversed()).join(' ');
}

function descriptorTable(message: Message, variant: Variant, since: Since): readonly string[] {
  return table(
    ['Descriptor', 'Content', 'Type', 'Meaning'],
    descriptorMembers(variant).map((member, index) => [
      `${index}`,
      code(member.name),
      descriptorType(member),
      meaning(message, variant, member, since),
    ]),
  );
}

function localTable(message: Message, variant: LocalVariant, since: Since): readonly string[] {
  return table(
    ['Parameter', 'Type', 'Meaning'],
    variant.members.map((member) => [
      code(member.name),
      memberType(message, variant, member),
      meaning(message, variant, member, since),
    ]),
  );
}

/** What a member means here, and since when if the variant is older. */
function meaning(message: Message, variant: AnyVariant, member: Member, since: Since): string {
  const first = since.member(message, variant, member);
  const added = first !== undefined && first !== since.variant(message, variant);
  return added ? `${meaningOf(member)} Since ${code(first)}.` : meaningOf(member);
}
