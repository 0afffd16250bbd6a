/** The encoder of one message: checks every value, then writes every byte. */
import type { FunctionDeclarationStructure } from 'ts-morph';
import { camelCase } from '../../model/names.js';
import { type IntegerStep, planOf, type WireInteger, type ZerosStep } from '../../model/packet.js';
import type {
  DescriptorMember,
  IntegerMember,
  Member,
  Message,
  Variant,
} from '../../model/protocol.js';
import { descriptorMembers, integerMembers } from '../../model/queries.js';
import type { CodecName, Imports } from './imports.js';
import { memberKey, type MessageNames, type Names } from './names.js';
import { integerLiteral, stringLiteral } from './literals.js';
import { docs } from './docs.js';
import { longestTuple } from './types.js';
import { StructureKind } from './ts-morph.js';

export function encoder(
  message: Message,
  names: Names,
  own: MessageNames,
  imports: Imports,
): FunctionDeclarationStructure {
  const { size } = message.wire;
  return {
    kind: StructureKind.Function,
    isExported: true,
    name: own.encode,
    docs: docs({
      text: [
        `Writes the ${size} bytes of a ${message.name} at \`offset\`, and returns the descriptors to send beside them, which stay the caller's. All values are checked before the first byte is written.`,
      ],
      tags: [
        `throws ${names.error} \`invalidType\` if the variant can't be sent, \`expectFd\` if a descriptor is missing`,
        'throws FieldValueError if a value does not fit',
      ],
    }),
    parameters: [
      { name: 'message', type: own.type },
      { name: 'view', type: 'DataView' },
      { name: 'offset', initializer: '0' },
    ],
    returnType: `readonly ${imports.use('Descriptor')}[]`,
    statements: [
      `switch (message.type) {
${message.variants.map((variant) => encodeCase(message, variant, names, imports)).join('\n')}
  default:
    throw ${names.error}.unsendable(${stringLiteral(message.name)}, message);
}`,
    ],
  };
}

function encodeCase(message: Message, variant: Variant, names: Names, imports: Imports): string {
  const path = `${message.name}.${variant.name}`;
  const missing = `throw ${names.error}.missingDescriptor(${stringLiteral(message.name)}, ${stringLiteral(variant.name)}, `;
  const descriptors = descriptorMembers(variant);
  return [
    `case ${stringLiteral(camelCase(variant.name))}:`,
    ...descriptorChecks(path, descriptors, missing, imports),
    ...integerMembers(variant).flatMap((member) => integerChecks(path, member, imports)),
    ...writes(message, variant, imports),
    ...descriptorResult(descriptors, imports),
  ].join('\n');
}

/** `missing` is the start of the statement that reports a missing descriptor, up to its name. */
function descriptorChecks(
  path: string,
  descriptors: readonly DescriptorMember[],
  missing: string,
  imports: Imports,
): string[] {
  return descriptors.flatMap((member, index) => {
    const value = valueOf(member);
    const where = stringLiteral(`${path}.${member.name}`);
    const check = `${imports.use('checkDescriptor')}(${where}, ${value});`;
    const need = (needed: DescriptorMember): string =>
      `if (${valueOf(needed)} === undefined) ${missing}${stringLiteral(needed.name)});`;
    if (!member.optional) return [need(member), check];
    // The number of descriptors alone tells which are there, so that none is left out in between.
    const before = descriptors[index - 1];
    return [`if (${value} !== undefined) {`, before?.optional ? need(before) : '', check, '}'];
  });
}

function valueOf(member: Member): string {
  return `message.${memberKey(member.name)}`;
}

function checkOf({ size, signed, errno }: IntegerMember): CodecName {
  if (errno) return 'checkErrno';
  return `check${signed ? 'S' : 'U'}${size}`;
}

function integerChecks(path: string, member: IntegerMember, imports: Imports): string[] {
  const where = stringLiteral(`${path}.${member.name}`);
  const value = valueOf(member);
  const check = imports.use(checkOf(member));
  if (member.count === undefined) return [`${check}(${where}, ${value});`];
  return [
    `${imports.use('checkArray')}(${where}, ${value}, ${member.count});`,
    ...eachElement(
      member,
      (index) => `${check}(${where}, ${value}[${index}], ${index});`,
      (element) => `${check}(${where}, ${element}, index);`,
    ),
  ];
}

function eachElement(
  member: IntegerMember,
  one: (index: number) => string,
  loop: (element: string) => string,
): string[] {
  const count = member.count ?? 0;
  if (count <= longestTuple) return Array.from({ length: count }, (_, index) => one(index));
  const value = valueOf(member);
  return [`for (const [index, element] of ${value}.entries()) {`, loop('element'), '}'];
}

/** Every byte of the packet, in order. */
function writes(message: Message, variant: Variant, imports: Imports): string[] {
  return planOf(message, variant).flatMap((step) => {
    switch (step.kind) {
      case 'tag':
        return [write(step.type, step.offset, integerLiteral(variant.tag, step.size))];
      case 'integer':
        return writeMember(step, imports);
      case 'zeros':
        return writeZeros(step, imports);
    }
  });
}

function writeMember({ member, type, offset }: IntegerStep, imports: Imports): string[] {
  const value = valueOf(member);
  if (member.count !== undefined) {
    return eachElement(
      member,
      (index) => write(type, offset + index * type.size, `${value}[${index}]`),
      (element) => set(type, `offset + ${offset} + ${type.size} * index`, element),
    );
  }
  return [write(type, offset, member.errno ? `${imports.use('errnoToWire')}(${value})` : value)];
}

function write(type: WireInteger, offset: number, value: string): string {
  return set(type, offset === 0 ? 'offset' : `offset + ${offset}`, value);
}

function set({ size, signed, endian }: WireInteger, at: string, value: string): string {
  const type = `${size === 8 ? 'Big' : ''}${signed ? 'Int' : 'Uint'}${8 * size}`;
  return `view.set${type}(${at}, ${value}${size === 1 ? '' : `, ${endian === 'little'}`});`;
}

/** More zeros than this are written by a loop. */
const mostUnrolledZeros = 64;

function writeZeros({ offset, size: count, covers }: ZerosStep, imports: Imports): string[] {
  const list = covers.length > 5 ? `${covers[0]} to ${covers.at(-1)}` : covers.join(', ');
  if (count > mostUnrolledZeros) {
    const zeros = `${imports.use('writeZeros')}(view, offset + ${offset}, ${count});`;
    return [`// Unused: ${list}`, zeros];
  }
  const lines = [`// Unused: ${list}`];
  // Not by 8 bytes: in V8 (12) a bigint that is written takes longer than two numbers.
  const end = offset + count;
  for (let at = offset; at < end;) {
    const size = end - at >= 4 ? 4 : end - at >= 2 ? 2 : 1;
    lines.push(write({ size, signed: false, endian: 'little' }, at, '0'));
    at += size;
  }
  return lines;
}

function descriptorResult(descriptors: readonly DescriptorMember[], imports: Imports): string[] {
  if (descriptors.length === 0) return [`return ${imports.use('noDescriptors')};`];
  const all = descriptors.map(valueOf);
  const required = descriptors.filter(({ optional }) => !optional).length;
  const lines: string[] = [];
  // From the one that carries the most to the one that carries the least.
  for (let count = all.length; count > required; count--) {
    const list = `[${all.slice(0, count).join(', ')}]`;
    lines.push(`if (${all[count - 1]} !== undefined) return ${list};`);
  }
  lines.push(
    required === 0
      ? `return ${imports.use('noDescriptors')};`
      : `return [${all.slice(0, required).join(', ')}];`,
  );
  return lines;
}
