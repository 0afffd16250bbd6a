/** Our schemas are Kaitai's too: its compiler takes them, and its decoder reads packets both ways. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parse } from 'yaml';
import { Reporter } from '../../../codegen/diagnostics.js';
import { checkWithKaitai, loadKaitai } from '../../../codegen/kaitai.js';
import { readProtocol } from '../../../codegen/read/index.js';
import { parseSource } from '../../../codegen/source.js';

const schemas = fileURLToPath(new URL('../../../../schema/', import.meta.url));
const samples = fileURLToPath(new URL('../../../../test/codegen/samples/', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'vmwire-kaitai-'));
test.after(() => rmSync(folder, { recursive: true }));

type Decoded = Readonly<Record<string, unknown>>;

/** What Kaitai's decoder for JavaScript reads in a packet. Neither it nor the runtime has types. */
async function decode(file: string, as: 'asRequest' | 'asResponse', hex: string): Promise<Decoded> {
  const compiler = loadKaitai();
  assert.ok(compiler);
  const files = await compiler.compile(
    'javascript',
    parse(readFileSync(file, 'utf8')),
    null,
    false,
  );
  const [code = ''] = Object.values(files);
  const loaded: { exports: object } = { exports: {} };
  const require = createRequire(import.meta.url);
  // oxlint-disable-next-line no-new-func -- the decoder is a module in text
  new Function('require', 'module', 'exports', code)(require, loaded, loaded.exports);
  const [Decoder] = Object.values(loaded.exports) as readonly (new (stream: object) => {
    readonly [as: string]: Decoded;
  })[];
  const { KaitaiStream } = require('kaitai-struct') as {
    readonly KaitaiStream: new (bytes: ArrayBuffer, offset: number) => object;
  };
  assert.ok(Decoder);
  const decoded = new Decoder(new KaitaiStream(Uint8Array.from(Buffer.from(hex, 'hex')).buffer, 0));
  return decoded[as] ?? {};
}

async function check(
  file: string,
  as: 'asRequest' | 'asResponse',
  hex: string,
  expected: Decoded,
): Promise<void> {
  const decoded = await decode(join(schemas, file), as, hex);
  for (const [name, value] of Object.entries(expected)) assert.is(decoded[name], value, name);
}

test('the reference: 24 bytes each way', async () => {
  await check('vm_control.ksy', 'asRequest', '04000000000000000000000000000000fbffffff00000000', {
    type: 4,
    slot: 0,
    size: 0,
    numPages: -5,
  });
  await check('vm_control.ksy', 'asResponse', '030000000000000037000000000000004200000000000000', {
    type: 3,
    errno: 0,
    pfn: 55,
    slot: 66,
  });
});

test('the first revision: requests of 16 bytes', async () => {
  const file = 'history/vm_control_v1.ksy';
  await check(file, 'asRequest', '02000000000000000010000000000000', { type: 2, size: 4096 });
  await check(file, 'asRequest', '030000004d0000000000000000000000', { type: 3, slot: 77 });
  await check(file, 'asResponse', '020000005900000000000000000000000000000000000000', {
    type: 2,
    errno: 89,
  });
});

test('the third revision: requests of 32 bytes, and a stride', async () => {
  const file = 'history/vm_control_v3.ksy';
  await check(
    file,
    'asRequest',
    '0500000000000000000000000000000000000000200000002000000058523234',
    { type: 5, width: 32, height: 32, format: 0x34325258 },
  );
  await check(file, 'asResponse', '040000000000000037000000000000004200000020000000', {
    type: 4,
    pfn: 55,
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
  await checkWithKaitai(root, report, () => undefined);
  assert.equal(
    report.diagnostics.map(({ code, severity }) => [code, severity]),
    [['VW071', 'warning']],
  );
  assert.not(report.failed);
});

test('whatever it throws is a diagnostic', async () => {
  for (const thrown of [
    new Error('For input string'),
    'text',
    undefined,
    new RangeError('stack'),
  ]) {
    const report = new Reporter('example.ksy', text);
    const root = parseSource(text, 'example.ksy', report);
    assert.ok(root);
    await checkWithKaitai(root, report, () => ({ compile: () => Promise.reject(thrown) }));
    assert.equal(
      report.diagnostics.map(({ code, location }) => [code, location?.line]),
      [['VW070', 1]],
    );
  }
});

test.run();
