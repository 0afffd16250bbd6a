/** What each kind of change does to peers of different age. */
import assert from 'node:assert/strict';
import { suite } from 'uvu';
import { type Edit, base, change, compareTexts, edited, findings, verdicts } from './change.js';

const test = suite('diff');

/** Requests and responses of the old client, then of the new client. */
type Verdicts = string;

interface Case {
  readonly name: string;
  readonly edits: readonly Edit[];
  readonly verdicts: Verdicts;
  /** Where receivers of 2018 differ. */
  readonly crosvm2018?: Verdicts;
  /** The changes that requests show, from the old client and from the new one. */
  readonly requests?: readonly [old: string, new: string];
  readonly responses?: readonly [old: string, new: string];
}

const cases: readonly Case[] = [
  { name: 'nothing', edits: [], verdicts: 'identical identical identical identical' },
  {
    name: 'another id and other docs',
    edits: [['meta: { id: demo,', 'meta: { id: demo_v2, title: Demo,']],
    verdicts: 'identical identical identical identical',
  },
  {
    name: 'a variant at the end',
    edits: [
      [
        '    3: { id: ping, -vmwire: { response: done } }',
        '    3: { id: ping, -vmwire: { response: done } }\n    4: { id: pause }',
      ],
    ],
    verdicts: 'identical identical additive identical',
    requests: ['', 'variant_added'],
  },
  {
    name: 'a variant inserted in the middle',
    edits: [
      [
        '    2: { id: stop, -vmwire: { fields: [mode], response: done } }\n    3: { id: ping',
        '    2: { id: pause }\n    3: { id: stop, -vmwire: { fields: [mode], response: done } }\n    4: { id: ping',
      ],
    ],
    verdicts: 'breaking identical breaking identical',
    requests: ['tag_reused tag_reused', 'tag_reused tag_reused tag_changed'],
  },
  {
    name: 'a tag reused',
    edits: [['3: { id: ping,', '3: { id: pause,']],
    verdicts: 'breaking identical breaking identical',
    requests: ['tag_reused', 'tag_reused'],
  },
  {
    name: 'a reserved tag used',
    edits: [
      [
        '3: { id: ping, -vmwire: { response: done } }',
        '3: { id: ping, -vmwire: { response: done } }\n    9: { id: pause }',
      ],
      [', reserved: [9] }', ' }'],
    ],
    verdicts: 'identical identical breaking identical',
    requests: ['', 'tag_reserved'],
  },
  {
    name: 'a reserved tag forgotten',
    edits: [[', reserved: [9] }', ' }']],
    verdicts: 'identical identical identical identical',
    requests: ['tag_reserved', ''],
  },
  {
    name: 'a request removed',
    edits: [['    3: { id: ping, -vmwire: { response: done } }\n', '']],
    verdicts: 'breaking identical identical identical',
    requests: ['variant_removed', ''],
  },
  {
    name: 'a response removed',
    edits: [['    3: { id: later }\n', '']],
    verdicts: 'identical identical identical breaking',
    responses: ['variant_removed', ''],
  },
  {
    name: 'a field moved',
    edits: [
      [
        '      - { id: count, type: u4, -vmwire: { unit: bytes } }\n      - { id: place, type: u8 }\n',
        '      - { id: place, type: u8 }\n      - { id: count, type: u4, -vmwire: { unit: bytes } }\n',
      ],
    ],
    verdicts: 'breaking identical breaking identical',
    requests: ['member_moved member_moved', 'member_moved member_moved'],
  },
  {
    name: 'a field widened over padding: compatible one way only',
    edits: [
      [
        '{ id: mode, type: u1, enum: mode }\n      - { size: 7 }',
        '{ id: mode, type: u4, enum: mode }\n      - { size: 4 }',
      ],
    ],
    verdicts: 'additive identical breaking identical',
    requests: ['member_type', 'member_type'],
  },
  {
    name: 'a field widened and signed',
    edits: [
      [
        '{ id: mode, type: u1, enum: mode }\n      - { size: 7 }',
        '{ id: mode, type: s4 }\n      - { size: 4 }',
      ],
    ],
    verdicts: 'additive identical breaking identical',
  },
  {
    name: 'a field narrowed: compatible the other way only',
    edits: [['{ id: place, type: u8 }', '{ id: place, type: u4 }\n      - { size: 4 }']],
    verdicts: 'breaking identical additive identical',
    requests: ['member_type', 'member_type'],
  },
  {
    name: 'unsigned to signed',
    edits: [['{ id: place, type: u8 }', '{ id: place, type: s8 }']],
    verdicts: 'breaking identical breaking identical',
    requests: ['member_type', 'member_type'],
  },
  {
    name: 'endianness',
    edits: [['{ id: place, type: u8 }', '{ id: place, type: u8be }']],
    verdicts: 'breaking identical breaking identical',
    requests: ['member_type', 'member_type'],
  },
  {
    name: 'endianness of everything, the tag included',
    edits: [['endian: le', 'endian: be']],
    verdicts: 'breaking breaking breaking breaking',
  },
  {
    name: 'padding given a meaning: compatible one way only',
    edits: [
      ['- { size: 7 }', '- { id: delay, type: u2 }\n      - { size: 5 }'],
      ['fields: [mode]', 'fields: [mode, delay]'],
    ],
    verdicts: 'additive identical breaking identical',
    requests: ['member_added', 'member_added'],
  },
  {
    name: 'another variant uses an existing field',
    edits: [['fields: [mode]', 'fields: [mode, count]']],
    verdicts: 'additive identical breaking identical',
    requests: ['member_added', 'member_added'],
  },
  {
    name: 'a field takes the bytes of another',
    edits: [
      ['{ id: place, type: u8 }', '{ id: first, type: u4 }\n      - { id: second, type: u4 }'],
      ['count, place]', 'count, first, second]'],
    ],
    verdicts: 'breaking identical breaking identical',
  },
  {
    name: 'a field renamed',
    edits: [
      ['{ id: place, type: u8 }', '{ id: address, type: u8 }'],
      ['count, place]', 'count, address]'],
    ],
    verdicts: 'identical identical identical identical',
    requests: ['member_renamed', 'member_renamed'],
  },
  {
    name: 'a field becomes an array in the same bytes',
    edits: [['{ id: place, type: u8 }', '{ id: place, type: u4, repeat: expr, repeat-expr: 2 }']],
    verdicts: 'breaking identical breaking identical',
  },
  {
    name: 'the size',
    edits: [
      ['size: 24,', 'size: 32,'],
      ['{ size: 7 }', '{ size: 15 }'],
    ],
    verdicts: 'breaking identical breaking identical',
    crosvm2018: 'breaking identical additive identical',
    requests: ['size', 'size'],
  },
  {
    name: 'a field beyond the old size: lost on receivers of 2018',
    edits: [
      ['size: 24,', 'size: 32,'],
      ['{ size: 7 }', '{ size: 7 }\n      - { id: extra, type: u8 }'],
      ['fields: [mode]', 'fields: [mode, extra]'],
    ],
    verdicts: 'breaking identical breaking identical',
    crosvm2018: 'breaking identical breaking identical',
    requests: ['size member_added', 'size member_added'],
  },
  {
    name: 'the tag narrowed, the rest of it zero',
    edits: [
      [
        '{ id: type, type: u4, enum: request_type }',
        '{ id: type, type: u1, enum: request_type }\n      - { size: 3 }',
      ],
    ],
    verdicts: 'breaking identical additive identical',
    requests: ['tag_field', 'tag_field'],
  },
  {
    name: 'a descriptor dropped',
    edits: [
      ['      - { id: event, size: 0, -vmwire: { fd: eventfd } }\n', ''],
      ['memory, event, count', 'memory, count'],
    ],
    verdicts: 'breaking identical breaking identical',
    requests: ['descriptor_removed', 'descriptor_removed'],
  },
  {
    name: 'a descriptor added',
    edits: [['fields: [mode]', 'fields: [mode, event]']],
    verdicts: 'breaking identical breaking identical',
    requests: ['descriptor_added', 'descriptor_added'],
  },
  {
    name: 'an optional descriptor added',
    edits: [
      [
        '{ fd: eventfd } }',
        '{ fd: eventfd } }\n      - { id: log, size: 0, -vmwire: { fd: any, optional: true } }',
      ],
      ['fields: [mode]', 'fields: [mode, log]'],
    ],
    verdicts: 'additive identical additive identical',
    requests: ['descriptor_added', 'descriptor_added'],
  },
  {
    name: 'a descriptor becomes optional',
    edits: [['{ fd: eventfd }', '{ fd: eventfd, optional: true }']],
    verdicts: 'additive identical breaking identical',
    requests: ['descriptor_optional', 'descriptor_optional'],
  },
  {
    name: 'another kind of descriptor',
    edits: [['{ fd: shared_memory }', '{ fd: dmabuf }']],
    verdicts: 'breaking identical breaking identical',
    requests: ['descriptor_kind', 'descriptor_kind'],
  },
  {
    name: 'any kind of descriptor',
    edits: [['{ fd: shared_memory }', '{ fd: any }']],
    verdicts: 'identical identical breaking identical',
    requests: ['descriptor_kind', 'descriptor_kind'],
  },
  {
    name: 'descriptors in another order',
    edits: [['fields: [memory, event, count', 'fields: [event, memory, count']],
    verdicts: 'breaking identical breaking identical',
  },
  {
    name: 'a descriptor renamed',
    edits: [
      ['{ id: event, size', '{ id: signal, size'],
      ['memory, event,', 'memory, signal,'],
    ],
    verdicts: 'identical identical identical identical',
    requests: ['descriptor_renamed', 'descriptor_renamed'],
  },
  {
    name: 'the unit',
    edits: [['unit: bytes', 'unit: pages']],
    verdicts: 'breaking identical breaking identical',
    requests: ['unit', 'unit'],
  },
  {
    name: 'a unit stated for the first time',
    edits: [['{ id: place, type: u8 }', '{ id: place, type: u8, -vmwire: { unit: bytes } }']],
    verdicts: 'identical identical identical identical',
    requests: ['unit', 'unit'],
  },
  {
    name: 'an errno becomes a plain number',
    edits: [[', -vmwire: { errno: true } }', ' }']],
    verdicts: 'identical breaking identical identical',
    responses: ['errno', 'errno'],
  },
  {
    name: 'an enum value renamed',
    edits: [['1: { id: hard }', '1: { id: forced }']],
    verdicts: 'identical identical identical identical',
    requests: ['enum_values', 'enum_values'],
  },
  {
    name: 'enum values swapped',
    edits: [
      ['0: { id: soft }', '0: { id: hard }'],
      ['1: { id: hard }', '1: { id: soft }'],
    ],
    verdicts: 'breaking identical breaking identical',
    requests: ['enum_values enum_values', 'enum_values enum_values'],
  },
  {
    name: 'an enum value added',
    edits: [['1: { id: hard }', '1: { id: hard }\n    2: { id: late }']],
    verdicts: 'identical identical additive identical',
    requests: ['', 'enum_values'],
  },
  {
    name: 'an enum value removed',
    edits: [['    1: { id: hard }\n', '']],
    verdicts: 'breaking identical identical identical',
    requests: ['enum_values', ''],
  },
  {
    name: 'another response answers a request',
    edits: [['fields: [mode], response: done', 'fields: [mode], response: later']],
    verdicts: 'identical breaking identical breaking',
    responses: ['response', 'response'],
  },
  {
    name: 'a response stated for the first time',
    edits: [['3: { id: ping, -vmwire: { response: done } }', '3: { id: ping }']],
    verdicts: 'identical identical identical identical',
    responses: ['response', 'response'],
  },
  {
    name: 'room for more descriptors',
    edits: [['max_fds: 2', 'max_fds: 3']],
    verdicts: 'identical identical identical identical',
  },
];

for (const each of cases)
  test(each.name, () => {
    const report = change(...each.edits);
    assert.equal(verdicts(report), each.verdicts);
    assert.equal(verdicts(report, 'crosvm2018'), each.crosvm2018 ?? each.verdicts);
    for (const [packets, expected] of [
      ['requests', each.requests],
      ['responses', each.responses],
    ] as const) {
      if (expected === undefined) continue;
      const found = (['old', 'new'] as const).map((sender) =>
        findings(report, packets, sender)
          .map((finding) => finding.change)
          .join(' '),
      );
      assert.deepEqual(found, expected);
    }
  });

test('every finding names a line in each schema, if it is there', () => {
  for (const { edits, name } of cases)
    for (const { directions } of change(...edits).pairings)
      for (const { findings: found } of directions)
        for (const { old, new: now, reason } of found) {
          assert.ok(old?.file === 'old.ksy' && old.line > 1, `${name}: ${reason}`);
          assert.ok(now?.file === 'new.ksy' && now.line > 1, `${name}: ${reason}`);
        }
});

test('the transport breaks everything', () => {
  const report = change(['seqpacket', 'datagram']);
  assert.equal(report.verdict, 'breaking');
  assert.deepEqual(
    report.protocol.findings.map((finding) => finding.change),
    ['transport'],
  );
});

test('negative numbers are lost when a signed field is widened', () => {
  const before = edited([
    '{ id: mode, type: u1, enum: mode }\n      - { size: 7 }',
    '{ id: mode, type: s4 }\n      - { size: 4 }',
  ]);
  const after = edited([
    '{ id: mode, type: u1, enum: mode }\n      - { size: 7 }',
    '{ id: mode, type: s8 }',
  ]);
  const report = compareTexts(before, after);
  assert.equal(verdicts(report), 'breaking identical breaking identical');
});

const roomFor = (descriptors: number): Edit => ['max_fds: 2', `max_fds: ${descriptors}`];

const array = (count: number, padding: string): Edit => [
  '- { size: 7 }',
  `- { id: strides, type: u1, repeat: expr, repeat-expr: ${count} }${padding}`,
];

test('a longer array reads zeros, a shorter one ignores elements', () => {
  const use: Edit = ['fields: [mode]', 'fields: [mode, strides]'];
  const before = edited(array(3, '\n      - { size: 4 }'), use);
  const after = edited(array(7, ''), use);
  assert.equal(verdicts(compareTexts(before, after)), 'additive identical breaking identical');
  assert.equal(verdicts(compareTexts(after, before)), 'breaking identical additive identical');
});

/** What `stop` takes beside its mode. */
const takes = (fields: string): Edit => ['fields: [mode]', `fields: [mode, ${fields}]`];

test('of one descriptor more than one, a receiver of 2018 takes the last that it has room for', () => {
  const log: Edit = [
    '{ fd: eventfd } }',
    '{ fd: eventfd } }\n      - { id: log, size: 0, -vmwire: { fd: any, optional: true } }',
  ];
  const before = edited(takes('memory'), log, ['count, place]', 'count, place, log]'], roomFor(3));
  const after = edited(
    takes('memory, log'),
    log,
    ['count, place]', 'count, place, log]'],
    roomFor(3),
  );
  const report = compareTexts(before, after);
  assert.equal(verdicts(report), 'additive identical additive identical');
  assert.equal(verdicts(report, 'crosvm2018'), 'additive identical breaking identical');
  assert.match(
    findings(report, 'requests', 'new')[0]?.reason ?? '',
    /unexpectedFd; one of 2018 takes the last that it has room for as `memory`$/,
  );

  // With room for one the kernel closes all but the first.
  const alone: Edit = ['fields: [memory, event, count, place]', 'fields: [event, count, place]'];
  const one = edited(alone, takes('memory'), roomFor(1));
  const two = edited(alone, takes('memory, log'), log, roomFor(2));
  assert.equal(
    verdicts(compareTexts(one, two), 'crosvm2018'),
    'additive identical additive identical',
  );
});

test('without an exchange messages are compared by name, in both directions', () => {
  const alone = `meta: { id: demo, endian: le }
-vmwire: { format: struct, transport: datagram }
types:
  first:
    -vmwire: { tag: type, size: 4 }
    seq:
      - { id: type, type: u4, enum: first_type }
enums:
  first_type:
    1: { id: only }
`;
  const more = alone.replace('1: { id: only }', '1: { id: only }\n    2: { id: other }');
  const report = compareTexts(alone, more);
  assert.equal(report.verdict, 'additive');
  assert.equal(verdicts(report), 'identical additive additive identical');
  const renamed = alone.replaceAll('first', 'second');
  const replaced = compareTexts(alone, renamed);
  assert.equal(replaced.verdict, 'breaking');
  const exchange = compareTexts(alone, base);
  assert.deepEqual(
    exchange.protocol.findings.map((finding) => finding.change),
    ['transport', 'max_fds', 'exchange'],
  );
});

test.run();
