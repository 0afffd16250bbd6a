/**
 * A new revision needs no change of the compiler: an edit of the schema gives codecs, tests and
 * bindings that are right, and agree with what the real code of that revision did.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { emitTests } from '../../../codegen/emit/tests/index.js';
import { emitTypeScript } from '../../../codegen/emit/typescript/index.js';
import { emitVectors } from '../../../codegen/emit/vectors.js';
import { runVectors } from '../../bindings/run-vectors.js';
import { languages } from '../../conformance/languages.js';
import { runFile } from '../../runner/run-file.js';
import { testIf } from '../../skip.js';
import { checkVectorFile } from '../check-vectors.js';
import { compileProtocols } from '../compiled.js';
import { ownSchemas, protocolOf } from '../../schemas.js';
import { agrees } from './agrees.js';
import { observed } from './observed.js';

async function codecsOf(folder: string, protocol: string): Promise<object> {
  const codecs: object = await import(pathToFileURL(join(folder, protocol, `${protocol}.js`)).href);
  return codecs;
}

/** Each edit must change something. */
function edited(text: string, edits: readonly (readonly [string, string])[]): string {
  return edits.reduce((before, [from, to]) => {
    assert.ok(before.includes(from), from);
    return before.replace(from, to);
  }, text);
}

const current = ownSchemas.find((file) => file.endsWith('/vm_control.ksy')) ?? '';

/** What a maintainer of the schema does when the protocol gets dmabufs. */
const withDmabuf = edited(readFileSync(current, 'utf8'), [
  ['id: vm_control\n', 'id: vm_control_next\n'],
  ['size: 24\n', 'size: 32\n'],
  [
    '      - size: 4\n        doc: Aligns the size of the struct to 8 bytes.\n      - id: memory\n',
    '      - { id: width, type: u4 }\n      - { id: height, type: u4 }\n' +
      '      - { id: format, type: u4 }\n      - id: memory\n',
  ],
  [
    '      - size: 4\n        doc: Aligns the size of the struct to 8 bytes.\n  register_ioevent:\n',
    '      - { id: stride, type: u4, -vmwire: { unit: bytes } }\n' +
      '      - { id: dmabuf, size: 0, -vmwire: { fd: dmabuf } }\n  register_ioevent:\n',
  ],
  [
    '  vm_response_type:\n',
    '    5:\n      id: allocate_and_register_gpu_memory\n' +
      '      -vmwire: { fields: [width, height, format], response: allocate_and_register_gpu_memory }\n' +
      '  vm_response_type:\n',
  ],
  [
    '  address_space:\n',
    '    4:\n      id: allocate_and_register_gpu_memory\n' +
      '      -vmwire: { fields: [dmabuf, pfn, slot, stride] }\n  address_space:\n',
  ],
]);

const schemas = mkdtempSync(join(tmpdir(), 'vmwire-revision-'));
test.after(() => rmSync(schemas, { recursive: true }));
const next = join(schemas, 'vm_control_next.ksy');
writeFileSync(next, withDmabuf);
const protocol = await protocolOf(next);
const folder = await compileProtocols(
  'revisions',
  [protocol, ...(await Promise.all(ownSchemas.map(protocolOf)))],
  [emitTypeScript, emitTests, emitVectors],
);

for (const revision of observed) {
  test(`${revision.protocol} is what crosvm did at ${revision.commit.slice(0, 9)}`, async () => {
    const schema = ownSchemas.find((file) => file.endsWith(`/${revision.protocol}.ksy`)) ?? '';
    agrees(await protocolOf(schema), await codecsOf(folder, revision.protocol), revision);
  });
}

test('two new fields, a request, and a response with a dmabuf: as the real third revision', async () => {
  const third = observed.find((revision) => revision.protocol === 'vm_control_v3');
  assert.ok(third);
  agrees(protocol, await codecsOf(folder, protocol.name), third);
});

test('its generated tests pass, and its codec obeys its vectors', async () => {
  const outcome = await runFile(join(folder, protocol.name, `${protocol.name}.test.js`), 60_000);
  assert.is(outcome.failed, 0, outcome.output);
  assert.is(outcome.passed, 20);
  assert.ok((await checkVectorFile(join(folder, protocol.name), protocol.name)) > 300);
});

for (const language of languages) {
  testIf(test, language.missing, `its ${language.name} bindings obey its vectors`, async () => {
    const { count, failures } = await runVectors(language, protocol);
    assert.equal(failures.slice(0, 10), []);
    assert.ok(count > 300);
  });
}

test.run();
