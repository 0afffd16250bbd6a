/**
 * The test runner: one process for each file.
 *
 * uvu alone passes silently when a file registers nothing, forgets `run()`, throws in `before` or
 * leaves an `only` behind; here each of these fails the run, and so does a process that dies.
 *
 * Usage: node dist/test/run.js [PART-OF-A-PATH…]; a part that is in no path fails the run, too.
 */
import { readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { exitAtSignals } from '../runtime/cli/signals.js';
import { type Outcome, runFile } from './runner/run-file.js';

const dist = join(dirname(fileURLToPath(import.meta.url)), '..');
const timeLimitMs = 5 * 60 * 1000;

function findTests(): string[] {
  return ['generated', 'test']
    .flatMap((folder) =>
      readdirSync(join(dist, folder), { recursive: true, encoding: 'utf8' }).map((path) =>
        join(folder, path),
      ),
    )
    .filter((path) => path.endsWith('.test.js'))
    .toSorted();
}

function report(outcome: Outcome): void {
  const name = relative(dist, outcome.file).replace(/\.js$/, '');
  const counts = `${outcome.passed} passed, ${outcome.failed} failed, ${outcome.skipped.length} skipped`;
  if (outcome.failed === 0) {
    console.log(`ok   ${name}: ${counts}`);
    return;
  }
  console.log(`FAIL ${name}: ${counts}`);
  for (const problem of outcome.problems) console.log(`     ${problem}`);
  console.log(outcome.output.replace(/^/gm, '     | '));
}

/** What it is in is as often named by its source. */
function isIn(path: string, part: string): boolean {
  return path.includes(part.replace(/\.ts$/, '.js'));
}

const parts = process.argv.slice(2);
const found = findTests();
const queue = found.filter((path) => parts.length === 0 || parts.some((part) => isIn(path, part)));
const misspelt = parts.filter((part) => !found.some((path) => isIn(path, part)));
const outcomes: Outcome[] = [];

async function work(): Promise<void> {
  for (let path = queue.shift(); path !== undefined; path = queue.shift()) {
    const outcome = await runFile(join(dist, path), timeLimitMs);
    outcomes.push(outcome);
    report(outcome);
  }
}

if (queue.length === 0 || misspelt.length > 0) {
  console.log(`no test files match ${misspelt.join(', ')}`.trimEnd());
  process.exitCode = 1;
}
exitAtSignals();
await Promise.all(Array.from({ length: Math.min(4, availableParallelism()) }, work));

const skipped = outcomes.flatMap((outcome) => outcome.skipped);
for (const skip of skipped) console.log(`skipped ${skip}`);
const passed = outcomes.reduce((sum, outcome) => sum + outcome.passed, 0);
const failed = outcomes.reduce((sum, outcome) => sum + outcome.failed, 0);
if (failed > 0) process.exitCode = 1;
console.log(`${passed} passed, ${failed} failed, ${skipped.length} skipped`);
