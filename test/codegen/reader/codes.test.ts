/** The examples that `explain` shows: the bad one has the code that it explains, the good one none. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type Code, codes, exampleFile, isCode } from '../../../codegen/codes/index.js';
import { readProtocol } from '../../../codegen/read/index.js';

const folder = mkdtempSync(join(tmpdir(), 'vmwire-codes-'));
test.after(() => rmSync(folder, { recursive: true }));

async function codesOf(text: string): Promise<readonly Code[]> {
  const file = join(folder, 'example.ksy');
  writeFileSync(file, text);
  const { diagnostics } = await readProtocol(file);
  return diagnostics.map(({ code }) => code);
}

for (const [code, { title, explanation, example }] of Object.entries(codes)) {
  test(`${code}: ${title}`, async () => {
    assert.ok(isCode(code));
    assert.match(code, /^VW[0-9]{3}$/);
    assert.match(title, /^[A-Za-z].*[^.]$/);
    assert.match(explanation, /\.$/);
    if ('words' in example) return;
    const bad = new Set(await codesOf(exampleFile(example.replaces, example.bad)));
    // Too many mistakes can't come without any others.
    if (code === 'VW009') bad.delete('VW011');
    assert.equal([...bad], [code]);
    assert.equal(await codesOf(exampleFile(example.replaces, example.good)), []);
  });
}

test('what is no code', () => {
  assert.not(isCode('VW000'));
  assert.not(isCode('constructor'));
});

test.run();
