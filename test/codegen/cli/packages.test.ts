/** The compiler's packages are optional: one that is missing is named with its cure. */
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { command, filesIn, type Finished, project, root } from './command.js';

const test = suite('missing packages');
const cwd = project();
const copy = mkdtempSync(join(tmpdir(), 'vmwire-packages-'));
const packages = join(copy, 'node_modules');
const all = ['commander', 'diff', 'kaitai-struct-compiler', 'prettier', 'ts-morph', 'yaml'];

test.before(() => {
  cpSync(join(root, 'dist/codegen'), join(copy, 'codegen'), { recursive: true });
  writeFileSync(join(copy, 'package.json'), '{"type": "module"}');
});
test.before.each(() => {
  rmSync(packages, { recursive: true, force: true });
  mkdirSync(packages);
  for (const name of all) symlinkSync(join(root, 'node_modules', name), join(packages, name));
});
test.after(() => {
  rmSync(cwd, { recursive: true });
  rmSync(copy, { recursive: true });
});

function without(name: string, ...args: readonly string[]): Promise<Finished> {
  rmSync(join(packages, name));
  return command(args, { cwd, program: join(copy, 'codegen/cli/main.js') });
}

for (const name of ['commander', 'yaml', 'ts-morph', 'prettier']) {
  test(`without ${name} the command says what to install`, async () => {
    const before = filesIn(cwd);
    const { status, stdout, stderr } = await without(name, 'generate');
    assert.equal([status, stdout], [2, '']);
    assert.is(
      stderr,
      `vmwire-codegen: the compiler needs the package ${name}, which is not installed\n` +
        `  npm install --save-dev ${name}\n`,
    );
    assert.equal(filesIn(cwd), before);
  });
}

test('for machines too', async () => {
  const { status, stdout } = await without('commander', 'lint', '--json');
  assert.is(status, 2);
  assert.equal(JSON.parse(stdout).failure, {
    code: 'MISSING_PACKAGE',
    subject: 'commander',
    message: 'the compiler needs the package commander, which is not installed',
    cure: 'npm install --save-dev commander',
  });
});

test("without Kaitai's compiler all works, and says once what was left out", async () => {
  cpSync(join(cwd, 'schema/tiny.ksy'), join(cwd, 'schema/history/tiny_v1.ksy'));
  const { status, stdout, stderr } = await without(
    'kaitai-struct-compiler',
    'lint',
    'schema/tiny.ksy',
    'schema/history/tiny_v1.ksy',
  );
  assert.is(status, 0, stderr);
  assert.is(stdout, '2 schemas are right\n');
  assert.is(stderr.match(/VW071/g)?.length, 1);
  assert.match(stderr, "Kaitai's own checks were left out");
  assert.match(stderr, 'npm install --save-dev kaitai-struct-compiler');
  rmSync(join(cwd, 'schema/history'), { recursive: true });
});

test('without diff, check tells what differs and how to see it', async () => {
  const first = await command(['generate'], { cwd });
  assert.is(first.status, 0);
  writeFileSync(join(cwd, 'generated/tiny/tiny.py'), '');
  const { status, stderr } = await without('diff', 'check');
  assert.is(status, 1);
  assert.match(stderr, /tiny\.py differs .*\n {2}to see how: npm install --save-dev diff\n/);
  assert.ok(readdirSync(cwd).includes('generated'));
});

test.run();
