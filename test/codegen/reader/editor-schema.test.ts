/**
 * schema/vmwire.schema.json, which editors use, and the reader agree on our keys.
 *
 * Documents are made of every place, every key that either of the two knows, every pair of keys
 * and values of every kind; each must be taken by both or refused by both.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Ajv, type ValidateFunction } from 'ajv';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parse } from 'yaml';
import type { Code } from '../../../codegen/codes/index.js';
import { readProtocolText } from '../../../codegen/read/index.js';

const root = new URL('../../../../', import.meta.url);

function read(path: string): string {
  return readFileSync(fileURLToPath(new URL(path, root)), 'utf8');
}

interface Definition {
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Definition>>;
}

// The file is ours, and the test below compares what it defines with what the reader knows.
const editorSchema = JSON.parse(read('schema/vmwire.schema.json')) as {
  readonly definitions: Readonly<Record<string, Definition>>;
};
/** Kaitai's own schema lives on the web; here everything that it would check is fine. */
const kaitaiSchema =
  'https://raw.githubusercontent.com/kaitai-io/ksy_schema/master/ksy_schema.json';

const takes: ValidateFunction = new Ajv({ strict: true, strictTypes: false, strictRequired: false })
  .addSchema({}, kaitaiSchema)
  .compile(editorSchema);

/** A schema with a hole; YAML's flow style is JSON, so that a value can be put there as it is. */
const schemas: Readonly<Record<string, (keys: string) => string>> = {
  protocol: (keys) => frame({ protocol: keys }),
  exchange: (keys) =>
    frame({ protocol: `{ format: struct, transport: datagram, max_fds: 1, exchange: ${keys} }` }),
  message: (keys) => frame({ message: keys }),
  local: (keys) => frame({ local: keys }),
  field: (keys) => frame({ field: keys, descriptor: keys.includes('"fd"') }),
  variant: (keys) => frame({ variant: keys }),
};

interface Holes {
  readonly protocol?: string;
  readonly message?: string;
  readonly local?: string;
  readonly field?: string;
  readonly descriptor?: boolean;
  readonly variant?: string;
}

function frame(holes: Holes): string {
  const extra = holes.descriptor === true ? 'size: 0' : 'type: u4';
  const usual =
    '{ format: struct, transport: datagram, max_fds: 1, exchange: { request: ask, response: answer, error: bad } }';
  return `meta: { id: example, endian: le }
-vmwire: ${holes.protocol ?? usual}
types:
  ask:
    -vmwire: ${holes.message ?? '{ tag: type, size: 8 }'}
    seq:
      - { id: type, type: u4, enum: ask_type }
      - { id: extra, ${extra}, -vmwire: ${holes.field ?? '{}'} }
  attach:
    -vmwire: ${holes.local ?? '{ local: ask }'}
  answer:
    -vmwire: { tag: type, size: 4 }
    seq: [{ id: type, type: u4, enum: answer_type }]
enums:
  ask_type:
    1: { id: one, -vmwire: ${holes.variant ?? '{ fields: [extra] }'} }
  answer_type: { 1: good, 2: bad }
`;
}

/** What makes sense for each key, in its place. */
const usual: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  protocol: { format: 'struct', transport: 'seqpacket' },
  exchange: { request: 'ask', response: 'answer', error: 'bad' },
  message: { tag: 'type', size: 8 },
  local: { local: 'ask' },
  field: {},
  variant: {},
};

/** Mistakes in the keys themselves; all others are beyond an editor's schema. */
const keyCodes: readonly Code[] = [
  'VW010',
  'VW013',
  'VW014',
  'VW015',
  'VW020',
  'VW037',
  'VW039',
  'VW051',
];

const values: readonly unknown[] = [
  'struct',
  'datagram',
  'seqpacket',
  'shared_memory',
  'eventfd',
  'dmabuf',
  'any',
  'ask',
  'answer',
  'bytes',
  'two words',
  '',
  0,
  1,
  8,
  253,
  254,
  65_536,
  65_537,
  -1,
  1.5,
  true,
  false,
  null,
  [],
  ['extra'],
  ['extra', 'extra'],
  [1, 2],
  [1.5],
  [null],
  {},
  { request: 'ask' },
];

function readerTakes(text: string): boolean {
  const { diagnostics } = readProtocolText(text, 'document.ksy');
  assert.not(diagnostics.some(({ code }) => code < 'VW010'));
  return !diagnostics.some(({ code }) => keyCodes.includes(code));
}

function agree(place: string, keys: Readonly<Record<string, unknown>>): boolean {
  const written = JSON.stringify(keys);
  const text = schemas[place]?.(written) ?? '';
  const editor = takes(parse(text));
  assert.is(
    readerTakes(text),
    editor,
    `${place} ${written}: the editor's schema ${editor ? 'takes' : 'refuses'} it`,
  );
  return editor;
}

for (const [place, base] of Object.entries(usual)) {
  const { properties = {}, description } = editorSchema.definitions[place] ?? {};
  const known = Object.keys(properties);

  test(`${place}: both know the same keys, and all are documented`, () => {
    const text = schemas[place]?.(JSON.stringify({ ...base, qqqqqqqqqqqq: 1 })) ?? '';
    const { diagnostics } = readProtocolText(text, 'document.ksy');
    const hint = diagnostics.find(({ code }) => code === 'VW013')?.hint ?? '';
    const names = [...hint.matchAll(/`([a-z_]+)`/g)].map((match) => match[1]);
    assert.equal(names.toSorted(), known.toSorted());
    assert.match(description ?? '', /\.$/);
    for (const [key, property] of Object.entries(properties)) {
      if (key !== 'exchange') assert.match(property.description ?? '', /\.$/, key);
    }
  });

  test(`${place}: both take or both refuse every value of every key`, () => {
    const taken = new Set<string>();
    assert.ok(agree(place, base));
    assert.not(agree(place, { ...base, qqqqqqqqqqqq: 1 }));
    for (const key of known) {
      const { [key]: _left, ...without } = base;
      agree(place, without);
      for (const value of values) if (agree(place, { ...base, [key]: value })) taken.add(key);
      for (const other of known) {
        for (const value of ['any', true, 'bytes']) {
          for (const second of ['any', true]) {
            if (!agree(place, { ...base, [key]: value, [other]: second })) continue;
            taken.add(key).add(other);
          }
        }
      }
    }
    // Otherwise both might refuse everything.
    assert.equal([...taken].toSorted(), known.filter((key) => key !== 'exchange').toSorted());
  });
}

test('both take our own schemas', () => {
  for (const name of ['vm_control', 'history/vm_control_v1', 'history/vm_control_v3']) {
    const text = read(`schema/${name}.ksy`);
    assert.ok(takes(parse(text)), name);
    assert.equal(readProtocolText(text, name).diagnostics, []);
  }
});

test('both refuse -vmwire where it means nothing, or nothing where it is needed', () => {
  const text = frame({});
  assert.ok(takes(parse(text)) && readerTakes(text));
  for (const [piece, other] of [
    ['id: example,', 'id: example, -vmwire: {},'],
    ['- { id: extra, type: u4,', '- { size: 4,'],
    ['-vmwire: { fields: [extra] }', '-vmwire: 1'],
  ] as const) {
    const bad = text.replace(piece, other);
    assert.is.not(bad, text);
    assert.not(takes(parse(bad)), piece);
    assert.ok(readProtocolText(bad, 'document.ksy').protocol === undefined, piece);
  }
});

test.run();
