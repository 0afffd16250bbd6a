/** Runs one uvu file in a process of its own and judges what it said. */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** What became of one file. */
export interface Outcome {
  readonly file: string;
  readonly passed: number;
  readonly failed: number;
  /** `name: reason`, one for each skipped test. */
  readonly skipped: readonly string[];
  /** Why the file as a whole fails, although each of its tests may have passed. */
  readonly problems: readonly string[];
  readonly output: string;
}

/** Runs `node file` and judges it; a file that takes longer than `timeLimitMs` is killed and fails. */
export async function runFile(file: string, timeLimitMs: number): Promise<Outcome> {
  // A process group of its own, so that what a hanging test has started dies with it.
  const child = spawn(process.execPath, ['--expose-gc', '--enable-source-maps', file], {
    detached: true,
    env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: '0' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const collect = (chunk: string): void => {
    output += chunk;
  };
  child.stdout.setEncoding('utf8').on('data', collect);
  child.stderr.setEncoding('utf8').on('data', collect);
  let timedOut = false;
  const end = (): void => killGroup(child);
  const timer = setTimeout(() => {
    timedOut = true;
    end();
    // What it has started in groups of their own would hold them for as long as it likes.
    child.stdout.destroy();
    child.stderr.destroy();
  }, timeLimitMs);
  // A signal to the runner does not reach the group.
  process.once('exit', end);
  const [status, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve) => {
    child.once('close', (code, by) => resolve([code, by]));
  });
  process.off('exit', end);
  clearTimeout(timer);
  const problems = [
    ...(timedOut ? [`it, or what it started, still running after ${timeLimitMs / 1000} s`] : []),
    ...neverRun(readFileSync(file, 'utf8')),
  ];
  return judge(file, output, status, signal, problems);
}

function killGroup({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended.
  }
}

/** What a file registers and never runs, which uvu does not count: a suite without `run()`, tests after it. */
function neverRun(text: string): string[] {
  const suites =
    [...text.matchAll(/^const \w+ = suite\(/gm)].length +
    (/^import \{[^}]*\btest\b[^}]*\} from 'uvu';$/m.test(text) ? 1 : 0);
  const runs = [...text.matchAll(/^\w+\.run\(\);$/gm)];
  const problems: string[] = [];
  if (runs.length < suites) problems.push(`${suites} suites, but ${runs.length} run()`);
  const last = runs.at(-1);
  const rest = last === undefined ? '' : text.slice(last.index + last[0].length);
  if (/^(?!\/\/)\S/m.test(rest))
    problems.push('something follows the last run(): it comes too late');
  return problems;
}

/** Reads uvu's totals and our `SKIP` lines, and finds everything that uvu lets pass. */
function judge(
  file: string,
  output: string,
  status: number | null,
  signal: NodeJS.Signals | null,
  found: readonly string[],
): Outcome {
  const total = lastCount(output, 'Total');
  const passed = lastCount(output, 'Passed');
  const skippedCount = lastCount(output, 'Skipped');
  const skipped = [...output.matchAll(/^SKIP (.+)$/gm)].map((match) => match[1] ?? '');
  const problems = [...found];
  if (signal !== null) problems.push(`killed by ${signal}`);
  else if (status !== 0) problems.push(`exit status ${status}`);
  if (total === undefined || passed === undefined || skippedCount === undefined) {
    problems.push('no totals: the file registers no tests, forgets run(), or died before the end');
    return { file, passed: 0, failed: 1, skipped, problems, output };
  }
  if (total === 0 && skipped.length === 0) {
    problems.push('no tests: the file registers none or forgets run()');
  }
  if (skippedCount !== skipped.length) {
    problems.push(
      `${skippedCount} tests are left out but ${skipped.length} say why: use testIf, not skip or only`,
    );
  }
  const failed = total - passed;
  return {
    file,
    passed,
    failed: failed === 0 && problems.length > 0 ? 1 : failed,
    skipped,
    problems,
    output,
  };
}

function lastCount(output: string, label: string): number | undefined {
  const match = [...output.matchAll(new RegExp(`^  ${label}: +(\\d+)$`, 'gm'))].at(-1);
  return match?.[1] === undefined ? undefined : Number(match[1]);
}
