/**
 * Runs the tests of the runtime on other versions of Node, which the npm package `node` carries.
 *
 * A version that can't be had is counted as skipped, with the reason.
 *
 * Usage: npm run test:nodes -- [--only PART-OF-A-PATH]… [VERSION…]
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseOrExit } from '../runtime/cli/parse-or-exit.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The compiler and its outputs in other languages: they run where vmwire is developed. Types do not run. */
const notOfTheRuntime = [
  'architecture',
  'bench',
  'bindings',
  'codegen',
  'conformance',
  'runner',
  'types',
];

const runtimeTests = readdirSync(join(root, 'dist/test'), { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && !notOfTheRuntime.includes(entry.name))
  .map(({ name }) => `test/${name}/`)
  .concat('generated/');

const { values, positionals } = parseOrExit(
  { allowPositionals: true, options: { only: { type: 'string', multiple: true } } },
  'npm run test:nodes -- [--only PART]… [VERSION…]',
);
const versions = positionals.length > 0 ? positionals : ['22', '24', '26'];
const parts = values.only ?? runtimeTests;

/** Installs a version once, beside this project's packages. @returns the program, or why there is none */
function install(version: string): { node: string } | { missing: string } {
  const folder = join(root, 'node_modules/.cache/node-versions', version);
  const node = join(folder, 'node_modules/node/bin/node');
  if (!existsSync(node)) {
    mkdirSync(folder, { recursive: true });
    const flags = ['--no-save', '--no-package-lock', '--prefix', folder];
    const npm = spawnSync('npm', ['install', ...flags, `node@${version}`], { encoding: 'utf8' });
    if (npm.status !== 0 || !existsSync(node)) {
      return { missing: `npm has no node@${version} here` };
    }
  }
  try {
    execFileSync(node, ['--version']);
    return { node };
  } catch (error) {
    return { missing: `node@${version} does not run: ${String(error)}` };
  }
}

const sums = { passed: 0, failed: 0, skipped: 0 };
for (const version of versions) {
  const installed = install(version);
  if ('missing' in installed) {
    console.log(`skipped Node ${version}: ${installed.missing}`);
    sums.skipped++;
    continue;
  }
  const { node } = installed;
  console.log(`Node ${execFileSync(node, ['--version'], { encoding: 'utf8' }).trim()}`);
  const run = spawnSync(node, [join(root, 'dist/test/run.js'), ...parts], { encoding: 'utf8' });
  process.stdout.write(run.stdout.replace(/^ok .*\n/gm, ''));
  process.stderr.write(run.stderr);
  const [, passed, failed, skipped] =
    /^(\d+) passed, (\d+) failed, (\d+) skipped$/m.exec(run.stdout) ?? [];
  // A run may fail as a whole: it crashed, or a part of it is not there.
  if (passed === undefined || (run.status !== 0 && failed === '0')) sums.failed++;
  sums.passed += Number(passed ?? 0);
  sums.failed += Number(failed ?? 0);
  sums.skipped += Number(skipped ?? 0);
}
if (sums.failed > 0) process.exitCode = 1;
console.log(`all versions: ${sums.passed} passed, ${sums.failed} failed, ${sums.skipped} skipped`);
