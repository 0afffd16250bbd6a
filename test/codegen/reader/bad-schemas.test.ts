/**
 * Every mistake has a tiny schema under test/codegen/bad, and beside it what is said about it.
 *
 * `VMWIRE_UPDATE=1 node dist/test/run.js bad-schemas` writes those texts anew.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { codes } from '../../../codegen/codes/index.js';
import { formatDiagnostic } from '../../../codegen/report/diagnostics.js';
import { readProtocol } from '../../../codegen/read/index.js';

const folder = fileURLToPath(new URL('../../../../test/codegen/bad/', import.meta.url));

/** The names of the files with this ending, without it. */
function namesOf(ending: string): readonly string[] {
  const names = readdirSync(folder).filter((name) => name.endsWith(ending));
  return names.map((name) => name.slice(0, -ending.length)).toSorted();
}

const names = namesOf('.ksy');
const update = process.env['VMWIRE_UPDATE'] === '1';

/** Mistakes that no file under version control can make; rubbish.test.ts and kaitai.test.ts make them. */
const elsewhere: readonly string[] = ['VW001', 'VW003', 'VW071'];

const seen = new Set<string>(elsewhere);

for (const name of names) {
  test(name, async () => {
    const { protocol, diagnostics } = await readProtocol(`${folder}${name}.ksy`);
    assert.ok(diagnostics.length > 0, 'nothing is said about it');
    for (const { code } of diagnostics) seen.add(code);
    const failed = diagnostics.some(({ severity }) => severity === 'error');
    assert.is(protocol === undefined, failed, 'a protocol exists exactly if nothing is an error');
    const text = diagnostics
      .map((diagnostic) => formatDiagnostic({ ...diagnostic, file: `${name}.ksy` }))
      .join('\n');
    if (update) writeFileSync(`${folder}${name}.txt`, `${text}\n`);
    assert.fixture(`${text}\n`, readFileSync(`${folder}${name}.txt`, 'utf8'));
  });
}

test('every code has a bad schema', () => {
  assert.equal([...seen].toSorted(), Object.keys(codes).toSorted());
});

test('every text has its schema', () => {
  assert.equal(namesOf('.txt'), names);
});

test.run();
