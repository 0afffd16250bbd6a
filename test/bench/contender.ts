/** What takes part in a measurement: something that does an operation many times and says what it took. */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export interface Contender {
  readonly name: string;
  /** Does the operation `count` times; resolves to the figures of the measurement, for one of them. */
  run(count: number): Promise<readonly number[]>;
  close(): void;
}

/** A program that takes longer than this to answer hangs. */
const longestAnswerMs = 120_000;

/**
 * A program that speaks the line protocol of `baseline/bench.h`: it prints `ready`, then answers
 * each count on its standard input with a line of figures.
 */
export async function program(name: string, command: readonly string[]): Promise<Contender> {
  const [file = '', ...args] = command;
  // A group of its own, so that its own children end with it.
  const child = spawn(file, args, { stdio: ['pipe', 'pipe', 'inherit'], detached: true });
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<string> => {
    const timer = setTimeout(() => stop(child), longestAnswerMs);
    const answer = await answers.next();
    clearTimeout(timer);
    if (answer.done !== true) return answer.value;
    throw new Error(`${name} (${command.join(' ')}) ended before it answered`);
  };
  if ((await next()) !== 'ready') throw new Error(`${name} did not say that it is ready`);
  return {
    name,
    async run(count) {
      child.stdin.write(`${count}\n`);
      const line = await next();
      const figures = line.split(' ').map(Number);
      if (figures.every((figure) => figure >= 0)) return figures;
      throw new Error(`${name} answered ${line}`);
    },
    close: () => stop(child),
  };
}

function stop(child: ChildProcess): void {
  child.stdin?.end();
  if (child.pid === undefined || child.exitCode !== null) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}

/** A command that is run from start to exit, with success. */
export function wholeProcess(name: string, [file = '', ...args]: readonly string[]): Contender {
  return {
    name,
    async run(count) {
      const start = process.hrtime.bigint();
      for (let i = 0; i < count; i++) {
        const { status, stderr, error } = spawnSync(file, args, {
          stdio: ['ignore', 'ignore', 'pipe'],
          timeout: longestAnswerMs,
        });
        if (status !== 0) throw error ?? new Error(`${name} failed: ${stderr.toString()}`);
      }
      return [Number(process.hrtime.bigint() - start) / count];
    },
    close() {},
  };
}

/** Whether a command runs and succeeds. */
export function found(file: string, args: readonly string[] = ['--version']): boolean {
  return spawnSync(file, args, { stdio: 'ignore' }).status === 0;
}

export const root = join(dirname(fileURLToPath(import.meta.url)), '../../..');

/** The sources of the baselines. */
export const baselineFolder = join(root, 'test/bench/baseline');

/** The program of one of our own subjects: `subject/NAME.ts`, compiled. */
export function subjectFile(name: string): string {
  return join(root, 'dist/test/bench/subject', `${name}.js`);
}

/** A subject as a contender. */
export function subject(
  name: string,
  file: string,
  ...args: readonly string[]
): Promise<Contender> {
  return program(name, [process.execPath, subjectFile(file), ...args]);
}

const built = mkdtempSync(join(tmpdir(), 'vmwire-bench-'));
process.once('exit', () => rmSync(built, { recursive: true, force: true }));

/** Builds a baseline in C; undefined if there is no gcc. */
export function compileC(source: string): string | undefined {
  if (!found('gcc')) return undefined;
  const output = join(built, source.replace(/\.c$/, ''));
  const flags = ['-O2', '-std=gnu11', '-Wall', '-Wextra', '-Werror', '-pthread'];
  execFileSync('gcc', [...flags, join(baselineFolder, source), '-o', output]);
  return output;
}

/** Builds a baseline in Rust; undefined if there is no rustc. */
export function compileRust(source: string): string | undefined {
  if (!found('rustc')) return undefined;
  const output = join(built, source.replace(/\.rs$/, '-rust'));
  const flags = ['--edition', '2021', '-O', '-C', 'panic=abort'];
  execFileSync('rustc', [...flags, join(baselineFolder, source), '-o', output]);
  return output;
}

/** A file or folder for the time of the run. */
export function temporary(name: string): string {
  return join(built, name);
}
