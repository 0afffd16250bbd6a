/** What the dialect can say, and what the reader makes of it. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { formatDiagnostic } from '../../../codegen/report/diagnostics.js';
import { integerSteps } from '../../../codegen/model/packet.js';
import type { Location, Member, Message, Protocol } from '../../../codegen/model/protocol.js';
import { readProtocolText } from '../../../codegen/read/index.js';

function read(text: string): Protocol {
  const { protocol, diagnostics } = readProtocolText(text, 'dialect.ksy');
  assert.equal(diagnostics.map(formatDiagnostic), []);
  if (protocol === undefined) throw new Error('no protocol');
  return protocol;
}

/** A schema with one message of these fields, which its only variant all uses. */
function readFields(size: number, fields: string, used: string, top = ''): Message {
  const text = `meta: { id: example, endian: le }
-vmwire: { format: struct, transport: seqpacket, max_fds: 3 }
types:
  message:
    -vmwire: { tag: type, size: ${size} }
    seq:
      - { id: type, type: u4, enum: message_type }
${fields}
enums:
  message_type:
    1: { id: only, -vmwire: { fields: [${used}] } }
${top}`;
  const [message] = read(text).messages;
  if (message === undefined) throw new Error('no message');
  return message;
}

function member(message: Message, name: string): Member {
  const found = message.members.find((candidate) => candidate.name === name);
  if (found === undefined) throw new Error(`no member ${name}`);
  return found;
}

/** `name@offset+size`, and `-` for padding. */
function shape(message: Message): readonly string[] {
  return message.wire.struct.map((step) => {
    const name = step.kind === 'zeros' ? '-' : step.member.name;
    return `${name}@${step.offset}+${step.size}`;
  });
}

function place({ location }: { readonly location: Location }): string {
  return `${location.file}:${location.line}:${location.column}+${location.length}`;
}

test('integers of every size and sign, with byte orders of their own', () => {
  const message = readFields(
    50,
    `      - { id: a, type: u1 }
      - { id: b, type: s1 }
      - { id: c, type: u2 }
      - { id: d, type: s2be }
      - { id: e, type: u4be }
      - { id: f, type: s4 }
      - { id: g, type: u8 }
      - { id: h, type: s8be }
      - { size: 16 }`,
    'a, b, c, d, e, f, g, h',
  );
  assert.equal(shape(message), [
    'type@0+4',
    'a@4+1',
    'b@5+1',
    'c@6+2',
    'd@8+2',
    'e@10+4',
    'f@14+4',
    'g@18+8',
    'h@26+8',
    '-@34+16',
  ]);
  const orders = integerSteps(message.wire.struct).map(
    ({ type }) => `${type.signed ? 's' : 'u'}${type.size} ${type.endian}`,
  );
  assert.equal(orders, [
    'u1 little',
    's1 little',
    'u2 little',
    's2 big',
    'u4 big',
    's4 little',
    'u8 little',
    's8 big',
  ]);
});

test('arrays as separate fields, and as repeated ones', () => {
  const message = readFields(
    40,
    `      - { id: stride0, type: u4 }
      - { id: stride1, type: u4 }
      - { id: stride2, type: u4 }
      - { id: offsets, type: u8, repeat: expr, repeat-expr: 2 }
      - { id: rest, type: u1, repeat: expr, repeat-expr: '8' }`,
    'stride0, stride1, stride2, offsets, rest',
  );
  assert.equal(shape(message).slice(3), ['stride2@12+4', 'offsets@16+16', 'rest@32+8']);
  const offsets = member(message, 'offsets');
  assert.is(offsets.kind === 'integer' ? offsets.count : 0, 2);
});

test('padding by size and by contents', () => {
  const message = readFields(
    12,
    '      - { contents: [0, 0x00] }\n      - { size: 2, doc: Nothing. }\n      - { size: "4" }',
    '',
  );
  assert.equal(shape(message), ['type@0+4', '-@4+2', '-@6+2', '-@8+4']);
});

test('descriptors: several, in the order of the variant, the last one optional', () => {
  const message = readFields(
    8,
    `      - { id: a, size: 0, -vmwire: { fd: dmabuf } }
      - { id: b, size: 0, -vmwire: { fd: eventfd, optional: true } }
      - { id: c, size: 0, -vmwire: { fd: shared_memory, optional: false } }
      - { id: n, type: u4 }`,
    'c, n, a, b',
  );
  const [only] = message.variants;
  assert.equal(
    only?.members.map(({ name }) => name),
    ['c', 'n', 'a', 'b'],
  );
  assert.equal(
    message.members.map((own) => (own.kind === 'descriptor' ? own.descriptor : own.kind)),
    ['dmabuf', 'eventfd', 'shared_memory', 'integer'],
  );
  const b = member(message, 'b');
  assert.ok(b.kind === 'descriptor' && b.optional);
});

test('open enums: any width, negative numbers, hexadecimal keys, bare names, arrays', () => {
  const message = readFields(
    16,
    `      - { id: small, type: s1, enum: small }
      - { id: many, type: u1, enum: bytes, repeat: expr, repeat-expr: 3 }
      - { id: large, type: u8, enum: large }`,
    'small, many, large',
    `  small: { -1: unknown, 1: one }
  bytes: { 0xff: all, 0: none }
  large: { 0x7fffffffffffffff: { id: most, doc: '  The most. ', doc-ref: 'http://example.org' } }
`,
  );
  const values = message.members.map((own) =>
    own.kind === 'integer' ? own.enum?.values.map(({ name, value }) => `${name}=${value}`) : [],
  );
  assert.equal(values, [
    ['unknown=-1', 'one=1'],
    ['none=0', 'all=255'],
    ['most=9223372036854775807'],
  ]);
  const large = member(message, 'large');
  assert.is(large.kind === 'integer' ? large.enum?.values[0]?.doc : '', 'The most.');
});

for (const [type, tag] of [
  ['u1', '255'],
  ['u2', '0xffff'],
  ['u2be', '65535'],
  ['u4', '4294967295'],
  ['u8', '0x7fffffffffffffff'],
] as const) {
  test(`a tag of ${type}, alone in its message, without an exchange`, () => {
    const size = Number(type[1]);
    const { messages, exchange, maxFds } = read(`meta: { id: example, endian: le }
-vmwire: { format: struct, transport: datagram }
types:
  ping:
    -vmwire: { tag: op, size: ${size} }
    seq: [{ id: op, type: ${type}, enum: op }]
enums:
  op: { 0: zero, ${tag}: most }
`);
    assert.is(exchange, undefined);
    assert.is(maxFds, 0);
    assert.is(messages[0]?.wire.size, size);
    assert.equal(
      messages[0]?.variants.map((variant) => variant.tag),
      [0n, BigInt(tag)],
    );
    assert.equal(messages[0]?.members, []);
  });
}

test('an exchange, local variants, reserved tags, units and errnos', () => {
  const { exchange, messages } = read(`meta:
  id: example
  title: |
    Two
    lines
  license: CC0-1.0
  ks-version: 0.9
  endian: be
  xref: { wikidata: Q1 }
  tags: [vm]
  -comment: nobody reads it
doc: |
  What it is for.\u2028Really.
doc-ref: [one, two]
-comment: [1, 2]
-vmwire:
  format: struct
  transport: seqpacket
  max_fds: 1
  exchange: { request: ask, response: answer, error: 'no' }
instances:
  as_ask: { pos: 0, type: ask }
types:
  ask:
    meta: { endian: le }
    doc: Asks.
    -vmwire: { tag: type, size: 8, reserved: [9, 0x7, 8] }
    seq:
      - { id: type, type: u4, enum: ask_type }
      - { id: size, type: u4, -vmwire: { unit: KiB } }
    instances:
      half: { value: size / 2 }
  attach:
    doc: Executed here.
    -vmwire: { local: ask, response: yes_ }
    seq:
      - { id: event, size: 0, -vmwire: { fd: eventfd } }
      - { id: gsi, type: u4 }
  answer:
    -vmwire: { tag: type, size: 8 }
    seq:
      - { id: type, type: u4, enum: answer_type }
      - { id: reason, type: u4, -vmwire: { errno: true } }
enums:
  ask_type:
    2: { id: grow, -vmwire: { fields: [size], response: yes_ } }
  answer_type:
    2: { id: 'no', -vmwire: { fields: [reason] } }
    1: yes_
`);
  const [ask, answer] = messages;
  assert.is(exchange?.request, ask);
  assert.is(exchange?.response, answer);
  assert.is(exchange?.error, answer?.variants[1]);
  assert.equal(ask?.reserved, [7n, 8n, 9n]);
  assert.equal(
    ask?.locals.map(({ name, response, doc }) => [name, response, doc]),
    [['attach', 'yes_', 'Executed here.']],
  );
  const [size] = integerSteps(ask?.wire.struct ?? []);
  assert.equal([size?.member.unit, size?.type.endian], ['KiB', 'little']);
  const [reason] = integerSteps(answer?.wire.struct ?? []);
  assert.equal([reason?.member.errno, reason?.type.endian], [true, 'big']);
  assert.equal(
    answer?.variants.map(({ name }) => name),
    ['yes_', 'no'],
  );
});

test('documentation: trimmed, with line feeds only, and nothing that no file can hold', () => {
  const text = `meta: { id: example, endian: le, title: "a\\r\\n  b" }
doc: "  one\\r\\ntwo\\rthree\\u2028four\\ud800 \\n\\n"
-vmwire: { format: struct, transport: datagram }
types:
  ping:
    doc: "*/ \\" ' \\u0000 \${x}"
    -vmwire: { tag: op, size: 1 }
    seq: [{ id: op, type: u1, enum: op }]
enums:
  op: { 1: one }
`;
  const { doc, title, messages } = read(text.replaceAll('\n', '\r\n'));
  assert.is(doc, 'one\ntwo\nthree\nfour\ufffd');
  assert.is(title, 'a b');
  assert.is(messages[0]?.doc, '*/ " \' \0 ${x}');
});

test('every node knows its place', () => {
  const message = readFields(
    12,
    '      - { id: size, type: u4 }\n      - size: 4\n        doc: Nothing.',
    'size',
  );
  assert.is(place(message), 'dialect.ksy:4:3+7');
  assert.is(place(message.tag), 'dialect.ksy:7:15+4');
  assert.is(place(member(message, 'size')), 'dialect.ksy:8:15+4');
  assert.equal(message.variants.map(place), ['dialect.ksy:13:14+4']);
  const padding = message.wire.struct[2];
  assert.is(padding?.kind === 'zeros' ? place(padding) : '', 'dialect.ksy:9:9+4');
});

test('48-byte responses with three planes and two descriptors', () => {
  const message = readFields(
    48,
    `      - { id: slot, type: u4 }
      - { id: pfn, type: u8 }
      - { id: stride, type: u4, repeat: expr, repeat-expr: 3 }
      - { id: offset, type: u4, repeat: expr, repeat-expr: 3 }
      - { id: modifier, type: u8be }
      - { id: buffer, size: 0, -vmwire: { fd: dmabuf } }
      - { id: fence, size: 0, -vmwire: { fd: any } }`,
    'slot, pfn, stride, offset, modifier, buffer, fence',
  );
  assert.is(message.wire.size, 48);
});

test.run();
