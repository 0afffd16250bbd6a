/** The decoder of one message: size, tag, missing descriptors, surplus descriptors, then one object. */
import type { FunctionDeclarationStructure } from 'ts-morph';
import { camelCase } from '../../model/names.js';
import { type IntegerStep, planOf, stepOf, type WireInteger } from '../../model/packet.js';
import type { DescriptorMember, Message, Variant } from '../../model/protocol.js';
import { descriptorMembers } from '../../model/queries.js';
import type { Imports } from './imports.js';
import { memberKey, type MessageNames, type Names } from './names.js';
import { integerLiteral, stringLiteral } from './literals.js';
import { docs } from './docs.js';
import { longestTuple } from './types.js';
import { StructureKind } from './ts-morph.js';

export function decoder(
  message: Message,
  names: Names,
  own: MessageNames,
  imports: Imports,
): FunctionDeclarationStructure {
  const { size, tag } = message.wire;
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
      `if (length !== ${size}) ${names.error}.refuseSize(${name}, ${size}, length, policy);`,
      `const tag = ${read(tag.type, String(tag.offset), imports)};
switch (tag) {
${message.variants.map((variant) => decodeCase(message, variant, names, imports)).join('\n')}
  default:
    throw ${names.error}.unknownTag(${name}, tag);
}`,
    ],
  };
}

function decodeCase(message: Message, variant: Variant, names: Names, imports: Imports): string {
  const descriptors = descriptorMembers(variant);
  const plan = planOf(message, variant);
  const properties = variant.members.map((member) => {
    const key = memberKey(member.name);
    switch (member.kind) {
      case 'integer':
        return `${key}: ${readMember(stepOf(plan, member), imports)}`;
      case 'descriptor': {
        const variable = names.variable(key);
        return key === variable ? key : `${key}: ${variable}`;
      }
    }
  });
  const type = `type: ${stringLiteral(camelCase(variant.name))}`;
  const statements = [
    ...takeDescriptors(message, variant, descriptors, names),
    `return { ${[type, ...properties].join(', ')} };`,
  ].join('\n');
  const label = `case ${integerLiteral(variant.tag, message.wire.tag.size)}:`;
  return descriptors.length === 0 ? `${label}\n${statements}` : `${label} {\n${statements}\n}`;
}

/** A variant with one descriptor keeps the last that arrived, one with more the first ones. */
function takeDescriptors(
  message: Message,
  variant: Variant,
  descriptors: readonly DescriptorMember[],
  names: Names,
): string[] {
  const path = `${stringLiteral(message.name)}, ${stringLiteral(variant.name)}`;
  const most = descriptors.length;
  const surplus = `if (fds.length > ${most}) ${names.error}.refuseSurplus(${path}, ${most}, fds.length, policy);`;
  if (most === 0) return [surplus];
  const variable = ({ name }: DescriptorMember): string => names.variable(memberKey(name));
  const required = descriptors.filter(({ optional }) => !optional);
  const missing = required.map((member) => `${variable(member)} === undefined`).join(' || ');
  const tooFew = `throw ${names.error}.tooFewDescriptors(${path}, ${required.length}, fds.length);`;
  return [
    ...descriptors.map(
      (member, index) =>
        `const ${variable(member)} = fds[${most === 1 ? 'fds.length - 1' : index}];`,
    ),
    missing === '' ? '' : `if (${missing}) ${tooFew}`,
    surplus,
    most === 1 ? 'fds.pop();' : `fds.splice(0, ${most});`,
  ];
}

function readMember({ member, type, offset }: IntegerStep, imports: Imports): string {
  const readAt = (at: string, signed = type.signed): string =>
    read({ ...type, signed }, at, imports);
  if (member.errno) return `Math.abs(${readAt(String(offset), true)})`;
  const { count } = member;
  if (count === undefined) return readAt(String(offset));
  if (count > longestTuple)
    return `Array.from({ length: ${count} }, (_, index) => ${readAt(`${offset} + ${type.size} * index`)})`;
  return `[${Array.from({ length: count }, (_, index) => readAt(String(offset + index * type.size))).join(', ')}]`;
}

function read({ size, signed, endian }: WireInteger, at: string, imports: Imports): string {
  const isLittle = endian === 'little';
  if (size === 8 && !signed) return `${imports.use('readU8')}(view, ${at}, ${isLittle})`;
  const type = `${size === 8 ? 'Big' : ''}${signed ? 'Int' : 'Uint'}${8 * size}`;
  return `view.get${type}(${at}${size === 1 ? '' : `, ${isLittle}`})`;
}
