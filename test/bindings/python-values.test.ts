/** What the Python bindings say to values of another kind: a FieldValueError, as its encoders promise. */
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { readProtocolText } from '../../codegen/read/index.js';
import { python, writeBindings } from '../conformance/languages.js';
import { testIf } from '../skip.js';

const schema = `meta: { id: demo, endian: le }
-vmwire: { format: struct, transport: seqpacket }
types:
  order:
    -vmwire: { tag: kind, size: 5 }
    seq:
      - { id: kind, type: u1, enum: order_kind }
      - { id: lone, type: u2 }
      - { id: pair, type: u1, repeat: expr, repeat-expr: 2 }
enums:
  order_kind:
    1: { id: only, -vmwire: { fields: [lone, pair] } }
`;

const program = `
from demo import *
for lone, pair in [(1, b"\\x02\\x03"), (1, range(2, 4))]:
    assert encode_order(OrderOnly(lone, pair))[0].hex() == "0101000203", pair
for lone, pair in [
    (1, 5), (1, None), (1, iter([2, 3])), (1, "23"), (1, [2]), (1, [2, None]), (1, [2, 256]),
    (None, [2, 3]), (1.0, [2, 3]), ("1", [2, 3]), ([1], [2, 3]), (-1, [2, 3]), (65536, [2, 3]),
]:
    try:
        encode_order(OrderOnly(lone, pair))
    except FieldValueError as error:
        print(error)
    else:
        raise AssertionError((lone, pair))
`;

testIf(test, python.missing, 'numbers and arrays of every kind', async () => {
  const { protocol } = readProtocolText(schema, 'demo.ksy');
  assert.ok(protocol);
  const cwd = await mkdtemp(join(tmpdir(), 'vmwire-python-'));
  try {
    await writeBindings(python, protocol, cwd);
    const { stdout, stderr } = spawnSync('python3', ['-B', '-c', program], {
      cwd,
      encoding: 'utf8',
    });
    assert.is(stderr, '');
    const lines = stdout.trim().split('\n');
    assert.is(lines.length, 13);
    for (const line of lines) assert.match(line, /^order\.only\.(lone|pair): expected .*, got /);
  } finally {
    await rm(cwd, { recursive: true });
  }
});

test.run();
