/** The command lines of the programs for developers: help, and what is wrong, before anything runs. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

const test = suite('command lines of the programs for developers');

function run(program: string, ...args: readonly string[]): { status: unknown; told: string } {
  const path = fileURLToPath(new URL(`../${program}`, import.meta.url));
  const { status, stdout, stderr } = spawnSync(process.execPath, [path, ...args]);
  return { status, told: `${String(stdout)}${String(stderr)}` };
}

for (const [program, script, wrong] of [
  ['bench/run.js', 'run bench', ['--rounds', '0']],
  ['bench/run.js', 'run bench', ['--json', '/nonexistent/results.json']],
  ['hostile/soak.js', 'run soak', ['--minutes', '0']],
  ['node-versions.js', 'run test:nodes', ['--only']],
  ['../runtime/demo/main.js', 'start', ['--kvm']],
] as const) {
  const usage = `Usage: npm ${script} -- `;

  test(`${script}: --help`, () => {
    const { status, told } = run(program, '--help');
    assert.is(status, 0);
    assert.ok(told.startsWith(usage), told);
  });

  for (const args of [['--frobnicate'], wrong]) {
    test(`${script} ${args.join(' ')}: status 2, what is wrong, and the usage`, () => {
      const { status, told } = run(program, ...args);
      assert.is(status, 2, told);
      assert.match(
        told,
        new RegExp(`^.*${args[0]}.*\\n${usage}|can't be written.*\\n${usage}`, 'm'),
      );
      assert.not.match(told, /^ {4}at /m);
    });
  }
}

test.run();
