/** Our schemas are Kaitai's too: its compiler takes them, and its decoder reads packets both ways. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Reporter } from '../../../codegen/report/diagnostics.js';
import { checkWithKaitai } from '../../../codegen/read/kaitai.js';
import { readProtocol } from '../../../codegen/read/index.js';
import { parseSource } from '../../../codegen/read/source.js';
import { kaitaiDecoder, type RawFields } from '../kaitai-decoder.js';

const schemas = fileURLToPath(new URL('../../../../schema/', import.meta.url));
const samples = fileURLToPath(new URL('../../../../test/codegen/samples/', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'vmwire-kaitai-'));
test.after(() => rmSync(folder, { recursive: true }));

async function check(
  file: string,
  as: 'vm_request' | 'vm_response',
  hex: string,
  expected: RawFields,
): Promise<void> {
  const decode = await kaitaiDecoder(readFileSync(join(schemas, file), 'utf8'));
  const decoded = decode(as, Buffer.from(hex, 'hex'));
  for (const [name, value] of Object.entries(expected)) assert.is(decoded[name], value, name);
}

test('the reference: 24 bytes each way', async () => {
  await check('vm_control.ksy', 'vm_request', '04000000000000000000000000000000fbffffff00000000', {
    type: 4,
    slot: 0,
    size: 0n,
    numPages: -5,
  });
  await check('vm_control.ksy', 'vm_response', '030000000000000037000000000000004200000000000000', {
    type: 3,
    errno: 0,
    pfn: 55n,
    slot: 66,
  });
});

test('the first revision: requests of 16 bytes', async () => {
  const file = 'history/vm_control_v1.ksy';
  await check(file, 'vm_request', '02000000000000000010000000000000', { type: 2, size: 4096n });
  await check(file, 'vm_request', '030000004d0000000000000000000000', { type: 3, slot: 77 });
  await check(file, 'vm_response', '020000005900000000000000000000000000000000000000', {
    type: 2,
    errno: 89,
  });
});

test('the third revision: requests of 32 bytes, and a stride', async () => {
  const file = 'history/vm_control_v3.ksy';
  await check(
    file,
    'vm_request',
    '0500000000000000000000000000000000000000200000002000000058523234',
    { type: 5, width: 32, height: 32, format: 0x34325258 },
  );
  await check(file, 'vm_response', '040000000000000037000000000000004200000020000000', {
    type: 4,
    pfn: 55n,
    slot: 66,
    stride: 32,
  });
});

test('every schema and sample passes without a word', async () => {
  const files = [
    join(schemas, 'vm_control.ksy'),
    ...readdirSync(join(schemas, 'history')).map((name) => join(schemas, 'history', name)),
    ...readdirSync(samples).map((name) => join(samples, name)),
  ].filter((file) => file.endsWith('.ksy'));
  assert.ok(files.length >= 3);
  for (const file of files) {
    const { protocol, diagnostics } = await readProtocol(file);
    assert.equal(diagnostics, [], file);
    assert.ok(protocol, file);
  }
});

const text = `meta: { id: example, endian: le }
-vmwire: { format: struct, transport: datagram }
types:
  ping:
    -vmwire: { tag: op, size: 1 }
    seq: [{ id: op, type: u1, enum: op }]
    instances:
      wrong: { pos: 0, type: pong }
enums:
  op: { 0x1: one }
`;

test('its refusal is shown at its place, and left out if that is wished', async () => {
  const file = join(folder, 'refused.ksy');
  writeFileSync(file, text);
  const { protocol, diagnostics } = await readProtocol(file);
  assert.is(protocol, undefined);
  assert.equal(
    diagnostics.map(({ code, location }) => [code, location?.line, location?.column]),
    [['VW070', 8, 30]],
  );
  assert.ok((await readProtocol(file, { kaitai: false })).protocol);
});

test('without the package our own checks run and say what was left out', async () => {
  const report = new Reporter('example.ksy', text);
  const root = parseSource(text, 'example.ksy', report);
  assert.ok(root);
  await checkWithKaitai(root, report, () => Promise.resolve({ kind: 'missing' }));
  assert.equal(
    report.diagnostics.map(({ code, severity }) => [code, severity]),
    [['VW071', 'warning']],
  );
  assert.not(report.failed);
});

test('whatever it says is a diagnostic', async () => {
  for (const reason of [
    'For input string',
    '',
    '/nowhere: half\n\terror: of it',
    'x: /a/1:\n\terror: y',
  ]) {
    const report = new Reporter('example.ksy', text);
    const root = parseSource(text, 'example.ksy', report);
    assert.ok(root);
    await checkWithKaitai(root, report, () => Promise.resolve({ kind: 'refused', reason }));
    assert.equal(
      report.diagnostics.map(({ code, location }) => [code, location?.line]),
      [['VW070', 1]],
    );
  }
});

test('the IDE shows a packet both ways', async () => {
  const decode = await kaitaiDecoder(readFileSync(join(schemas, 'vm_control.ksy'), 'utf8'));
  const packet = decode(
    'vm_control',
    Buffer.from('03000000'.padEnd(32, '0') + '4d000000'.padEnd(16, '0'), 'hex'),
  );
  const { asRequest, asResponse } = packet;
  assert.is(Object(asRequest).numPages, 77);
  assert.is(Object(asResponse).slot, 77);
});

test.run();
