/** The part of the page about one variant: its bytes, its descriptors, what answers it. */
import type { LocalVariant, Member, Message, Protocol, Variant } from '../../model/protocol.js';
import { type AnyVariant, descriptorMembers, travels } from '../../model/queries.js';
import { byteRange, meaningOf, memberType } from './layout.js';
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

/** Every byte of a packet. Neighbours that are zero are one row. */
function bytesTable(message: Message, variant: Variant, since: Since): readonly string[] {
  const used = new Map(variant.members.map((member) => [member.name, member]));
  const rows: string[][] = [];
  let zeros = 0;
  const flush = (end: number) => {
    if (zeros > 0) rows.push([byteRange(end - zeros, zeros), 'zero', '', '']);
    zeros = 0;
  };
  for (const field of message.layout.fields) {
    const name = field.kind === 'member' ? field.member.name : undefined;
    const isTag = name === message.tag.name;
    const member = name === undefined ? undefined : used.get(name);
    if (!isTag && member === undefined) {
      zeros += field.size;
      continue;
    }
    flush(field.offset);
    const range = byteRange(field.offset, field.size);
    rows.push(
      member === undefined
        ? [range, code(tagBytes(message, variant)), memberType(message.tag), 'The tag.']
        : [range, code(member.name), memberType(member), meaning(message, variant, member, since)],
    );
  }
  flush(message.layout.size);
  return table(['Bytes', 'Content', 'Type', 'Meaning'], rows);
}

/** The bytes of the tag in the order in which they travel. */
function tagBytes(message: Message, variant: Variant): string {
  const { size, endian } = message.tag;
  const bytes = BigInt.asUintN(8 * size, variant.tag)
    .toString(16)
    .padStart(2 * size, '0')
    .replace(/..(?=.)/g, '$& ')
    .split(' ');
  return (endian === 'big' ? bytes : bytes.toReversed()).join(' ');
}

function descriptorTable(message: Message, variant: Variant, since: Since): readonly string[] {
  return table(
    ['Descriptor', 'Content', 'Type', 'Meaning'],
    descriptorMembers(variant).map((member, index) => [
      `${index}`,
      code(member.name),
      memberType(member),
      meaning(message, variant, member, since),
    ]),
  );
}

function localTable(message: Message, variant: LocalVariant, since: Since): readonly string[] {
  return table(
    ['Parameter', 'Type', 'Meaning'],
    variant.members.map((member) => [
      code(member.name),
      memberType(member),
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
