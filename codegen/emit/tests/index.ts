/** Emits exhaustive tests: tables of literals computed from the schema, and loops over them. */
import {
  hex,
  localSampleValues,
  packet,
  received,
  sampleValues,
  type Values,
} from '../../cases/packets.js';
import { camelCase } from '../../model/names.js';
import { integerSteps, type IntegerStep, planOf } from '../../model/packet.js';
import type {
  IntegerMember,
  LocalVariant,
  Message,
  Protocol,
  Variant,
} from '../../model/protocol.js';
import type { Emitter } from '../emitter.js';
import { sharedSource } from '../shared.js';
import {
  type AnyVariant,
  descriptorMembers,
  integerMembers,
  maxFds,
  minFds,
} from '../../model/queries.js';
import { caseCounts } from './counts.js';
import { formatTypeScript } from '../typescript/file.js';
import { memberKey, type MessageNames, nameOf, typescriptNames } from '../typescript/names.js';
import { integerTable, integerTableName, literal } from './integers.js';

export const emitTests: Emitter = async (protocol) => {
  const names = typescriptNames(protocol);
  const tables = await formatTypeScript({
    header: `Exhaustive tests of ${protocol.name}.ts: tables computed from the schema, and loops over them.`,
    schema: protocol.name,
    imports: [
      { moduleSpecifier: 'uvu', namedImports: ['test'] },
      { moduleSpecifier: 'uvu/assert', namespaceImport: 'assert' },
      {
        moduleSpecifier: 'vmwire/codec',
        namedImports: [
          { name: 'AnyMessage', isTypeOnly: true },
          { name: 'Descriptor', isTypeOnly: true },
          'FieldValueError',
          { name: 'MessageCodec', isTypeOnly: true },
          'noDescriptors',
          { name: 'Policy', isTypeOnly: true },
          { name: 'ProtocolError', isTypeOnly: true },
          { name: 'ProtocolErrorKind', isTypeOnly: true },
        ],
      },
      { moduleSpecifier: `./${protocol.name}.js`, namespaceImport: 'codec' },
    ],
    statements: [
      `\nconst ProtocolFailure = codec.${names.error};`,
      `const maxFds = ${protocol.maxFds};`,
      ...integerTables(protocol),
      `\nconst members = ${memberTables(protocol)} satisfies Record<string, Record<string, MemberTable>>;`,
      `\nconst tables: readonly MessageTable[] = ${list(
        protocol.messages.map((message) =>
          messageTable(protocol, message, nameOf(names.messages, message.name)),
        ),
      )};`,
    ],
  });
  // Text in its final format, because formatting takes most of the time of generating.
  const shared = sharedSource(new URL('./shared.ts', import.meta.url), '// From here on');
  return [{ path: `${protocol.name}.test.ts`, text: `${tables}\n${shared}\n` }];
};

/** The types of integer that the protocol's variants use, each once; nothing if they use none. */
function integerTables(protocol: Protocol): string[] {
  const used = new Map(
    protocol.messages
      .flatMap((message) =>
        message.variants.flatMap((variant) => integerSteps(planOf(message, variant))),
      )
      .map((step) => [integerTableName(step), step]),
  );
  if (used.size === 0) return [];
  const tables = [...used].map(([name, step]): Entry => {
    const { sent, received: arrived, refused } = integerTable(step);
    const rows = (each: typeof sent): string =>
      list(each.map(([value, bytes]) => `[${value}, ${string(bytes)}]`));
    const entries: Entry[] = [['sent', rows(sent)]];
    if (arrived !== sent) entries.push(['received', rows(arrived)]);
    return [name, object([...entries, ['refused', list(refused)]])];
  });
  return [`\nconst integers = ${object(tables)} satisfies Record<string, IntegerTable>;`];
}

/** Where each message keeps its members. */
function memberTables(protocol: Protocol): string {
  return object(
    protocol.messages.map((message) => [
      message.name,
      object(
        integerSteps(message.wire.struct).map((step) => [step.member.name, memberTable(step)]),
      ),
    ]),
  );
}

function memberTable(step: IntegerStep): string {
  const { member, offset, type } = step;
  const entries: Entry[] = [
    ['name', string(member.name)],
    ['key', string(memberKey(member.name))],
    ['offset', String(offset)],
    ['size', String(type.size)],
  ];
  if (member.count !== undefined) entries.push(['count', String(member.count)]);
  entries.push(['integer', `integers.${integerTableName(step)}`]);
  return object(entries);
}

function messageTable(protocol: Protocol, message: Message, own: MessageNames): string {
  const { tag } = message.wire;
  return object([
    ['name', string(message.name)],
    ['codec', `codec.${own.codec}`],
    [
      'exports',
      object([
        ['encode', `codec.${own.encode}`],
        ['decode', `codec.${own.decode}`],
        ['size', `codec.${own.size}`],
        ['offsets', `codec.${own.offsets}`],
      ]),
    ],
    ['encodeAtStart', encodeAtStart(message, own)],
    ['size', String(message.wire.size)],
    [
      'tag',
      object([
        ['offset', String(tag.offset)],
        ['size', String(tag.size)],
        ['signed', String(tag.type.signed)],
        ['littleEndian', String(tag.type.endian === 'little')],
      ]),
    ],
    ['members', `Object.values(members.${message.name})`],
    ['reserved', list(message.reserved.map((value) => literal(tag.type, value)))],
    ['variants', list(message.variants.map((variant) => variantTable(message, variant, own)))],
    ['locals', list(message.locals.map((local) => localTable(message, local, own)))],
    [
      'cases',
      object(
        Object.entries(caseCounts(protocol, message)).map(([name, count]) => [
          string(name),
          String(count),
        ]),
      ),
    ],
  ]);
}

function variantTable(message: Message, variant: Variant, own: MessageNames): string {
  const travelling = sampleValues(message, variant);
  const values = received(variant, travelling);
  const entries: Entry[] = [
    ['name', string(variant.name)],
    ['tag', literal(message.wire.tag.type, variant.tag)],
    ['message', messageLiteral(variant, values)],
    ['packet', string(hex(packet(message, variant, travelling)))],
    [
      'members',
      list(integerMembers(variant).map((member) => `members.${message.name}.${member.name}`)),
    ],
    ['descriptors', descriptorTables(variant)],
    ['required', String(minFds(variant))],
  ];
  if (variant.response !== undefined) entries.push(['response', string(variant.response)]);
  entries.push(['build', builder(variant, values, own)]);
  return object(entries);
}

function localTable(message: Message, local: LocalVariant, own: MessageNames): string {
  const values = localSampleValues(message, local);
  return object([
    ['name', string(local.name)],
    ['message', messageLiteral(local, values)],
    ['descriptors', descriptorTables(local)],
    ['build', builder(local, values, own)],
  ]);
}

function messageLiteral(variant: AnyVariant, values: Values): string {
  return object([
    ['type', string(camelCase(variant.name))],
    ...integerMembers(variant).map((member): Entry => [
      memberKey(member.name),
      valueLiteral(member, values),
    ]),
  ]);
}

function builder(variant: AnyVariant, values: Values, own: MessageNames): string {
  return `(${maxFds(variant) > 0 ? 'fd' : ''}) => ${construction(variant, values, own)}`;
}

function encodeAtStart(message: Message, own: MessageNames): string {
  const [first] = message.variants;
  if (first === undefined) return '() => []';
  const values = received(first, sampleValues(message, first));
  const parameters = maxFds(first) > 0 ? 'view, fd' : 'view';
  return `(${parameters}) => codec.${own.encode}(${construction(first, values, own)}, view)`;
}

/** A call of the variant's constructor, with its descriptors counted from 0. */
function construction(variant: AnyVariant, values: Values, own: MessageNames): string {
  const descriptors = descriptorMembers(variant);
  const parameters = variant.members.map((member) => {
    switch (member.kind) {
      case 'integer':
        return valueLiteral(member, values);
      case 'descriptor':
        return `fd(${descriptors.indexOf(member)})`;
    }
  });
  return `codec.${own.constructors}.${camelCase(variant.name)}(${parameters.join(', ')})`;
}

function valueLiteral(member: IntegerMember, values: Values): string {
  const literals = (values.get(member.name) ?? []).map((value) => literal(member, value));
  return member.count === undefined ? literals.join() : list(literals);
}

function descriptorTables(variant: AnyVariant): string {
  return list(
    descriptorMembers(variant).map(({ name }) =>
      object([
        ['name', string(name)],
        ['key', string(memberKey(name))],
      ]),
    ),
  );
}

type Entry = [key: string, expression: string];

function object(entries: readonly Entry[]): string {
  return `{${entries.map(([key, expression]) => `${key}: ${expression}`).join(', ')}}`;
}

function list(expressions: readonly string[]): string {
  return `[${expressions.join(', ')}]`;
}

function string(value: string): string {
  return `'${value}'`;
}
