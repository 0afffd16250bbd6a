/** The decoder of one message: size, tag, missing descriptors, surplus descriptors, then one object. */
import { type FunctionDeclarationStructure, StructureKind } from 'ts-morph';
import { camelCase } from '../names.js';
import type { DescriptorMember, IntegerMember, Message, Variant } from '../protocol.js';
import type { Imports } from './typescript-imports.js';
import { memberKey, type MessageNames, type Names } from './typescript-names.js';
import { integerLiteral, stringLiteral } from './typescript-literals.js';
import { docs } from './typescript-docs.js';
import { longestTuple } from './typescript-types.js';

export function decoder(
  message: Message,
  names: Names,
  own: MessageNames,
  imports: Imports,
): FunctionDeclarationStructure {
  const { size } = message.layout;
  const name = stringLiteral(message.name);
  return {
    kind: StructureKind.Function,
    isExported: true,
    name: own.decode,
    docs: docs({
      text: [
        `Reads the ${message.name} at the start of \`view\`, from a packet of \`length\` bytes that came with \`fds\`. What the message keeps is taken out of \`fds\`; what remains is the caller's to close. If it throws, all of them remain.`,
      ],
      tags: [
        `throws ${names.error} \`badSize\`, \`invalidType\`, \`expectFd\` or \`unexpectedFd\`, checked in this order`,
      ],
    }),
    typeParameters: [{ name: 'Fd', constraint: imports.use('Descriptor') }],
    parameters: [
      { name: 'view', type: 'DataView' },
      { name: 'length', type: 'number' },
      { name: 'fds', type: 'Fd[]' },
      { name: 'policy', type: imports.use('Policy'), initializer: "'strict'" },
    ],
    returnType: `${own.type}<Fd>`,
    statements: [
      `if (length !== ${size} && (length < ${size} || policy !== 'crosvm2018')) throw ${names.error}.badSize(${name}, ${size}, length);`,
      `const tag = ${read(message.tag, String(tagOffset(message)))};
switch (tag) {
${message.variants.map((variant) => decodeCase(message, variant, names)).join('\n')}
  default:
    throw ${names.error}.unknownTag(${name}, tag);
}`,
    ],
  };
}

function tagOffset(message: Message): number {
  return offsetOf(message, message.tag);
}

export function offsetOf(message: Message, member: IntegerMember): number {
  const field = message.layout.fields.find(
    (each) => each.kind === 'member' && each.member.name === member.name,
  );
  if (field === undefined) throw new Error(`${message.name}.${member.name} is not in the layout`);
  return field.offset;
}

function decodeCase(message: Message, variant: Variant, names: Names): string {
  const path = `${stringLiteral(message.name)}, ${stringLiteral(variant.name)}`;
  const descriptors = variant.members.filter((member) => member.kind === 'descriptor');
  return [
    `case ${integerLiteral(variant.tag, message.tag.size)}: {`,
    ...descriptorStatements(path, descriptors, names),
    `return { ${[
      `type: ${stringLiteral(camelCase(variant.name))}`,
      ...variant.members.map((member) =>
        property(
          message,
          member.kind === 'integer' ? member : undefined,
          memberKey(member.name),
          names,
        ),
      ),
    ].join(', ')} };`,
    '}',
  ].join('\n');
}

function property(
  message: Message,
  member: IntegerMember | undefined,
  key: string,
  names: Names,
): string {
  if (member !== undefined) return `${key}: ${readMember(member, offsetOf(message, member))}`;
  const variable = names.variable(key);
  return key === variable ? key : `${key}: ${variable}`;
}

/** A variant with one descriptor keeps the last that arrived, one with more the first ones. */
function descriptorStatements(
  path: string,
  descriptors: readonly DescriptorMember[],
  names: Names,
): string[] {
  const most = descriptors.length;
  const refuseSurplus = `if (fds.length > ${most} && policy !== 'crosvm2018') throw ${names.error}.tooManyDescriptors(${path}, ${most}, fds.length);`;
  if (most === 0) return [refuseSurplus];
  const required = descriptors.filter(({ optional }) => !optional);
  const variables = descriptors.map(({ name }) => names.variable(memberKey(name)));
  const missing = required.map(({ name }) => `${names.variable(memberKey(name))} === undefined`);
  return [
    ...variables.map(
      (variable, index) => `const ${variable} = fds[${most === 1 ? 'fds.length - 1' : index}];`,
    ),
    ...(missing.length === 0
      ? []
      : [
          `if (${missing.join(' || ')}) throw ${names.error}.tooFewDescriptors(${path}, ${required.length}, fds.length);`,
        ]),
    refuseSurplus,
    most === 1 ? 'fds.pop();' : `fds.splice(0, ${most});`,
  ];
}

function readMember(member: IntegerMember, offset: number): string {
  if (member.errno) return `Math.abs(${read({ ...member, signed: true }, String(offset))})`;
  const { count } = member;
  if (count === undefined) return read(member, String(offset));
  if (count > longestTuple)
    return `Array.from({ length: ${count} }, (_, index) => ${read(member, `${offset} + ${member.size} * index`)})`;
  return `[${Array.from({ length: count }, (_, index) => read(member, String(offset + index * member.size))).join(', ')}]`;
}

function read(
  { size, signed, endian }: Pick<IntegerMember, 'size' | 'signed' | 'endian'>,
  at: string,
): string {
  const type = `${size === 8 ? 'Big' : ''}${signed ? 'Int' : 'Uint'}${8 * size}`;
  return `view.get${type}(${at}${size === 1 ? '' : `, ${endian === 'little'}`})`;
}
