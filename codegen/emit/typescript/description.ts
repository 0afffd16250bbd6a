/** The description of a protocol that generated code carries, and its codecs for code that works on any protocol. */
import type { VariableStatementStructure } from 'ts-morph';
import { camelCase } from '../../model/names.js';
import { type IntegerStep, planOf, stepOf, wireInteger } from '../../model/packet.js';
import type { IntegerMember, Member, Message, Node, Protocol } from '../../model/protocol.js';
import { allVariants, type AnyVariant, maxFds, minFds, travels } from '../../model/queries.js';
import type { Imports } from './imports.js';
import { memberKey, type MessageNames, nameOf, type Names } from './names.js';
import { integerLiteral, stringLiteral } from './literals.js';
import { constant } from './types.js';

export function protocolDescription(
  protocol: Protocol,
  names: Names,
  imports: Imports,
): VariableStatementStructure {
  const { exchange } = protocol;
  const properties = [
    `contract: ${imports.use('contractVersion')}`,
    named(protocol, camelCase(protocol.name)),
    `title: ${stringLiteral(protocol.title)}`,
    `transport: ${stringLiteral(protocol.transport)}`,
    `maxFds: ${protocol.maxFds}`,
    `exchange: ${
      exchange === undefined
        ? 'undefined'
        : `{ request: ${stringLiteral(exchange.request.name)}, response: ${stringLiteral(exchange.response.name)}, error: ${stringLiteral(exchange.error.name)} }`
    }`,
    `messages: [${protocol.messages.map((message) => nameOf(names.messages, message.name).codec).join(', ')}]`,
  ];
  return constant(
    names.protocol,
    `{\n${properties.join(',\n')},\n}`,
    { text: ['The protocol, for programs that work on any.'] },
    imports.use('ProtocolDescription'),
  );
}

export function messageCodec(
  message: Message,
  own: MessageNames,
  imports: Imports,
): VariableStatementStructure {
  const variants = allVariants(message);
  const description = `{
    ${named(message, camelCase(message.name))},
    size: ${own.size},
    tag: ${numberDescription(message.tag, 'type', message.wire.tag)},
    padding: [${message.wire.struct
      .filter(({ kind }) => kind === 'zeros')
      .map(({ offset, size }) => `{ offset: ${offset}, size: ${size} }`)
      .join(', ')}],
    variants: [
${variants.map((variant) => `${variantDescription(message, variant)},`).join('\n')}
    ],
    reserved: [${message.reserved.map((tag) => integerLiteral(tag, message.wire.tag.size)).join(', ')}],
  }`;
  return constant(
    own.codec,
    `{
  description: ${description},
  // The encoder checks each value, so that it may be given any message.
  encode: ${own.encode} as unknown as MessageCodec['encode'],
  decode: ${own.decode} as MessageCodec['decode'],
}`,
    { text: [`The codec of ${message.name}, for programs that work on any protocol.`] },
    imports.use('MessageCodec'),
  );
}

function variantDescription(message: Message, variant: AnyVariant): string {
  const members = variant.members.map((member) => memberDescription(message, variant, member));
  return object([
    named(variant, camelCase(variant.name)),
    travels(variant) ? `tag: ${integerLiteral(variant.tag, message.wire.tag.size)}` : '',
    `members: [${members.join(', ')}]`,
    `minFds: ${minFds(variant)}`,
    `maxFds: ${maxFds(variant)}`,
    variant.response === undefined ? '' : `response: ${stringLiteral(variant.response)}`,
  ]);
}

function memberDescription(message: Message, variant: AnyVariant, member: Member): string {
  const key = memberKey(member.name);
  switch (member.kind) {
    case 'integer':
      return numberDescription(member, key, placeOf(message, variant, member));
    case 'descriptor':
      return `{ kind: 'descriptor', ${named(member, key)}, descriptor: ${stringLiteral(member.descriptor)}, optional: ${member.optional} }`;
  }
}

/** Where a number lies, and how. One that never travels is at no place, which is told as 0. */
type NumberPlace = Pick<IntegerStep, 'offset' | 'type'>;

function placeOf(message: Message, variant: AnyVariant, member: IntegerMember): NumberPlace {
  if (travels(variant)) return stepOf(planOf(message, variant), member);
  return { offset: 0, type: wireInteger(message, variant, member) };
}

function numberDescription(
  member: IntegerMember,
  key: string,
  { offset, type }: NumberPlace,
): string {
  const values = member.enum?.values.map(
    (each) =>
      `{ ${named(each, camelCase(each.name))}, value: ${integerLiteral(each.value, member.size)} }`,
  );
  return object([
    "kind: 'integer'",
    named(member, key),
    `offset: ${offset}`,
    `size: ${type.size}`,
    `signed: ${type.signed}`,
    `littleEndian: ${type.endian === 'little'}`,
    member.count === undefined ? '' : `count: ${member.count}`,
    member.unit === undefined ? '' : `unit: ${stringLiteral(member.unit)}`,
    `errno: ${member.errno}`,
    values === undefined ? '' : `values: [${values.join(', ')}]`,
  ]);
}

/** An object with a line for each property; empty texts are left out. */
function object(properties: readonly string[]): string {
  return `{\n${properties.filter((property) => property !== '').join(',\n')},\n}`;
}

function named({ name, doc }: Node, key: string): string {
  return `name: ${stringLiteral(name)}, key: ${stringLiteral(key)}, doc: ${stringLiteral(doc)}`;
}
