/** The runner fails each file that uvu alone would let pass. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
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
  ['forgotten-second-run', /2 suites, but 1 run\(\)/],
  ['late', /something follows the last run\(\)/],
  ['leaves-a-process', /what it started, still running after 2 s/],
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

test('a part of a path that is in none fails the run, beside one that is', () => {
  const runner = fileURLToPath(new URL('../run.js', import.meta.url));
  const run = (...parts: readonly string[]): { status: unknown; said: string } => {
    const { status, stdout } = spawnSync(process.execPath, [runner, ...parts]);
    return { status, said: String(stdout) };
  };
  const part = 'test/architecture/coverage.test.ts';
  assert.is(run(part).status, 0);
  const { status, said } = run(part, 'test/kvn');
  assert.is(status, 1);
  assert.match(said, /^no test files match test\/kvn$/m);
  assert.match(said, /^1 passed, 0 failed/m);
});

test('a signal to the runner ends what it runs', async () => {
  const module = JSON.stringify(new URL('run-file.js', import.meta.url));
  const file = JSON.stringify(join(fixtures, 'hangs.js'));
  const code = `
    const { runFile } = await import(${module});
    process.once('SIGTERM', () => process.exit());
    void runFile(${file}, 60_000);
    console.log('started');
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', code]);
  await once(child.stdout, 'data');
  const children = `/proc/${child.pid}/task/${child.pid}/children`;
  const [hanging = ''] = readFileSync(children, 'utf8').trim().split(' ');
  assert.ok(existsSync(`/proc/${hanging}/exe`), 'it runs');
  child.kill('SIGTERM');
  await once(child, 'exit');
  const gone = (): boolean => !existsSync(`/proc/${hanging}/exe`);
  for (let tries = 0; tries < 100 && !gone(); tries++) await pause(20);
  assert.ok(gone(), 'it has ended');
});

test.run();
