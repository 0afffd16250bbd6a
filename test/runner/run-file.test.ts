/** The runner fails each file that uvu alone would let pass. */
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { runFile } from './run-file.js';

const fixtures = join(dirname(fileURLToPath(import.meta.url)), 'fixtures');

const bad: readonly (readonly [fixture: string, problem: RegExp])[] = [
  ['no-tests', /no totals/],
  ['forgotten-run', /no totals/],
  ['crash', /killed by SIGKILL/],
  ['exits-early', /exit status 1/],
  ['leaves-only', /1 tests are left out but 0 say why/],
  ['rejects-late', /exit status 1/],
  ['hangs', /still running after 2 s/],
];

for (const [fixture, problem] of bad) {
  test(`fails ${fixture}`, async () => {
    const outcome = await runFile(join(fixtures, `${fixture}.js`), 2000);
    assert.ok(outcome.failed > 0);
    assert.ok(
      outcome.problems.some((text) => problem.test(text)),
      outcome.problems.join('; '),
    );
  });
}

test('fails a file whose before hook throws', async () => {
  const outcome = await runFile(join(fixtures, 'throws-in-before.js'), 2000);
  assert.is(outcome.passed, 0);
  assert.is(outcome.failed, 1);
});

test('counts what passes and what is skipped', async () => {
  const outcome = await runFile(join(fixtures, 'good.js'), 2000);
  assert.equal([outcome.passed, outcome.failed], [1, 0]);
  assert.equal(outcome.skipped, ['is skipped: nothing to run it on']);
  assert.equal(outcome.problems, []);
});

test.run();
