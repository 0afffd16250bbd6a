/** Generated codecs, tests and vectors of schemas of every kind: compiled, run and held to each other. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { format } from 'prettier';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { emitTests } from '../../codegen/emit/tests/index.js';
import { emitTypeScript } from '../../codegen/emit/typescript/index.js';
import { emitVectors } from '../../codegen/emit/vectors.js';
import { runFile } from '../runner/run-file.js';
import { checkVectorFile } from './check-vectors.js';
import { compileProtocols } from './compiled.js';
import { ownSchemas, protocolOf, sampleSchemas } from '../schemas.js';

const protocols = await Promise.all([...ownSchemas, ...sampleSchemas].map(protocolOf));
const folder = await compileProtocols('samples', protocols, [
  emitTypeScript,
  emitTests,
  emitVectors,
]);

test('there are schemas', () => {
  assert.ok(ownSchemas.length >= 3);
  assert.ok(sampleSchemas.length >= 7);
});

for (const { name, messages } of protocols) {
  test(`the generated tests of ${name} pass`, async () => {
    const outcome = await runFile(join(folder, name, `${name}.test.js`), 60_000);
    assert.is(outcome.failed, 0, outcome.problems.join() + outcome.output);
    assert.is(outcome.passed, 10 * messages.length);
  });

  test(`the codec of ${name} obeys its vectors`, async () => {
    assert.ok((await checkVectorFile(join(folder, name), name)) > 50);
  });

  test(`the generated tests of ${name} are formatted`, async () => {
    const text = await readFile(join(folder, name, `${name}.test.ts`), 'utf8');
    const options = { parser: 'typescript', printWidth: 100, singleQuote: true };
    assert.is(await format(text, options), text);
  });
}

test.run();
