/** Documentation of any text changes nothing but comments, strings and prose. */
import { spawnSync } from 'node:child_process';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Emitter } from '../../codegen/emit/emitter.js';
import { emitMarkdown } from '../../codegen/emit/markdown/index.js';
import { emitSvg } from '../../codegen/emit/svg/index.js';
import { emitTests } from '../../codegen/emit/tests/index.js';
import { emitTypeScript } from '../../codegen/emit/typescript/index.js';
import type { Protocol } from '../../codegen/model/protocol.js';
import { python } from '../conformance/languages.js';
import { testIf } from '../skip.js';
import { documented, hostile } from './hostile-texts.js';
import { firstFailure, loadCodec, toCommonJs } from './in-memory.js';
import { codecOf } from './oracle/codec-of.js';
import { protocolOf, sampleSchemas } from '../schemas.js';

const plain = await protocolOf(sampleSchemas.find((file) => file.endsWith('small.ksy')) ?? '');

async function textOf(emit: Emitter, protocol: Protocol): Promise<string> {
  const [file] = await emit(protocol, { revisions: [] });
  return file?.text ?? '';
}

const exported = Object.keys(loadCodec(toCommonJs(await textOf(emitTypeScript, plain))));
const harmless = await textOf(
  emitMarkdown,
  documented(plain, () => 'x'),
);

for (const [index, text] of hostile.entries()) {
  test(`text ${index} everywhere: ${JSON.stringify(text)}`, async () => {
    const protocol = documented(plain, () => text);
    const codec = toCommonJs(await textOf(emitTypeScript, protocol));
    const tests = toCommonJs(await textOf(emitTests, protocol));
    assert.is(firstFailure(tests, codec), undefined);
    const exports = loadCodec(codec);
    assert.equal(Object.keys(exports), exported);
    for (const { name } of plain.messages)
      assert.is(codecOf(exports, name).description.doc, text, name);

    const page = await textOf(emitMarkdown, protocol);
    assert.not.match(page, /<script|<\/|(?!\n)[\p{Cc}\u202e\u2028]|^```/mu);
    for (const line of [/^#+ /gm, /^\|/gm, /^!\[/gm])
      assert.is(page.match(line)?.length, harmless.match(line)?.length, String(line));
  });
}

testIf(test, python.missing, 'every picture is XML', async () => {
  let used = 0;
  const protocol = documented(plain, () => hostile[used++ % hostile.length] ?? '');
  const pictures = await emitSvg(protocol, { revisions: [] });
  assert.ok(pictures.length > 0);
  for (const { text } of pictures) {
    const parser = 'import sys, xml.dom.minidom as m; m.parseString(sys.stdin.buffer.read())';
    const { status, stderr } = spawnSync('python3', ['-c', parser], { input: text });
    assert.is(status, 0, String(stderr));
  }
});

test.run();
