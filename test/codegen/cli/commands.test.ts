/** `lint`, `diff` and `explain`, help, wrong arguments, exit codes, and output for machines. */
import { spawnSync } from 'node:child_process';
import { closeSync, openSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { codes } from '../../../codegen/codes/index.js';
import { command, filesIn, finished, project, root, start } from './command.js';

const test = suite('vmwire-codegen');
const cwd = project();
test.after(() => rmSync(cwd, { recursive: true }));
const tiny = 'schema/tiny.ksy';
const revision = (name: string): string => join(root, 'schema', name);

test('lint: right, wrong and unreadable schemas, for people and machines; nothing is written', async () => {
  const right = await command(['lint'], { cwd });
  assert.equal(right, { status: 0, stdout: '1 schema is right\n', stderr: '' });
  const before = filesIn(cwd);
  writeFileSync(join(cwd, 'bad.ksy'), 'meta: {id: bad}\n-vmwire: {format: strukt}\n');
  const wrong = await command(['lint', tiny, 'bad.ksy', 'nowhere.ksy', 'schema'], { cwd });
  assert.equal([wrong.status, wrong.stdout], [1, '']);
  assert.match(wrong.stderr, /^bad\.ksy:2:19 VW015 .*\n +2 \| -vmwire: .*\n +\| {19}\^{6}\n +=/m);
  assert.match(wrong.stderr, /^nowhere\.ksy VW001 can't be read: there is no such file$/m);
  assert.match(wrong.stderr, /^schema VW001 can't be read: it is a directory$/m);
  assert.not.match(wrong.stderr, /^ {4}at /m);
  assert.not.match(wrong.stderr, '\u001b');
  const json = await command(['lint', '--json', '--no-kaitai', 'bad.ksy'], { cwd });
  assert.equal([json.status, json.stderr], [1, '']);
  const { ok, diagnostics } = JSON.parse(json.stdout);
  assert.is(ok, false);
  assert.is(diagnostics[0].location.file, 'bad.ksy');
  rmSync(join(cwd, 'bad.ksy'));
  assert.equal(filesIn(cwd), before);
});

test('diff: 0 for what peers survive, 1 for what breaks or is wrong', async () => {
  const same = await command(['diff', tiny, tiny], { cwd });
  assert.equal([same.status, same.stderr], [0, '']);
  assert.match(same.stdout, /identical/);
  const broken = await command(
    ['diff', '--json', revision('history/vm_control_v1.ksy'), revision('vm_control.ksy')],
    { cwd },
  );
  assert.equal([broken.status, broken.stderr], [1, '']);
  const report = JSON.parse(broken.stdout);
  assert.equal([report.ok, report.verdict], [false, 'breaking']);
  const missing = await command(['diff', tiny, 'nowhere.ksy'], { cwd });
  assert.equal([missing.status, missing.stdout], [1, '']);
  assert.match(missing.stderr, /nowhere\.ksy VW001/);
});

test('explain: one code in any case, all codes, and no such code', async () => {
  const one = await command(['explain', 'vw012'], { cwd });
  assert.is(one.status, 0);
  for (const part of ['VW012', 'Wrong:', 'Right:']) assert.match(one.stdout, part);
  const all = await command(['explain'], { cwd });
  assert.is(all.stdout.trimEnd().split('\n').length, Object.keys(codes).length);
  const json = await command(['explain', 'VW012', '--json'], { cwd });
  assert.is(JSON.parse(json.stdout).code, 'VW012');
  const none = await command(['explain', '__proto__'], { cwd });
  assert.equal([none.status, none.stdout], [2, '']);
  assert.match(none.stderr, /no diagnostic __proto__\n {2}vmwire-codegen explain lists them all/);
});

test('a reader that goes ends it without a word; a full disk is told', async () => {
  const child = start(['explain'], { cwd });
  child.stdout?.destroy();
  const { status, stderr } = await finished(child);
  assert.equal([status, stderr], [0, '']);
  const full = openSync('/dev/full', 'w');
  const args = [join(root, 'dist/codegen/cli/main.js'), 'explain'];
  const told = spawnSync(process.execPath, args, { stdio: ['ignore', full, 'pipe'] });
  closeSync(full);
  assert.is(told.status, 2);
  assert.match(String(told.stderr), /^vmwire-codegen: ENOSPC: [^\n]*\n$/);
});

test('the version is that of the package', async () => {
  const { status, stdout } = await command(['--version'], { cwd });
  assert.equal([status, /^\d+\.\d+\.\d+\n$/.test(stdout)], [0, true]);
});

test('help says everything, and ends with 0', async () => {
  const { status, stdout } = await command(['--help'], { cwd });
  assert.is(status, 0);
  for (const name of ['generate', 'check', 'lint', 'diff', 'explain', 'Exit codes'])
    assert.match(stdout, name);
  const generate = await command(['generate', '--help'], { cwd });
  assert.is(generate.status, 0);
  for (const option of ['--out', '--watch', '--json']) assert.match(generate.stdout, option);
});

for (const args of [
  [],
  ['frobnicate'],
  ['generate', '--frobnicate'],
  ['generate', '--out'],
  ['check', '--watch'],
  ['diff', tiny],
  ['explain', 'VW012', 'VW013'],
]) {
  test(`wrong arguments are usage: ${args.join(' ')}`, async () => {
    const { status, stdout, stderr } = await command(args, { cwd });
    assert.equal([status, stdout], [2, '']);
    assert.match(stderr, /^error: |^Usage: /);
    assert.not.match(stderr, /^ {4}at /m);
  });
}

test('a folder without schemas says what to name', async () => {
  const { status, stdout, stderr } = await command(['check', '--json'], { cwd: join(cwd, '..') });
  assert.equal([status, stderr], [2, '']);
  assert.is(JSON.parse(stdout).failure.code, 'NO_SCHEMAS');
  assert.equal(readdirSync(cwd), ['schema']);
});

test.run();
