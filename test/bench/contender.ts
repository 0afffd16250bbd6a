/** What takes part in a measurement: something that runs an operation many times and says how long one took. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export interface Contender {
  readonly name: string;
  /** Runs the operation `count` times; resolves to the nanoseconds of one. */
  run(count: number): Promise<number>;
  close(): void;
}

/** A function of this process. */
export function inProcess(
  name: string,
  operation: (count: number) => void | Promise<void>,
): Contender {
  return {
    name,
    async run(count) {
      const start = process.hrtime.bigint();
      await operation(count);
      return Number(process.hrtime.bigint() - start) / count;
    },
    close() {},
  };
}

const pinned = 1;

/**
 * A program that speaks the line protocol of `baseline/bench.h`: it prints `ready`, then answers
 * each count on its standard input with the nanoseconds of one operation. It is pinned to one CPU,
 * with every process that it starts, where `taskset` is to be had.
 */
export async function program(name: string, command: readonly string[]): Promise<Contender> {
  const [file = '', ...rest] = hasTaskset() ? ['taskset', '-c', `${pinned}`, ...command] : command;
  const child = spawn(file, rest, { stdio: ['pipe', 'pipe', 'inherit'] });
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<string> => {
    const answer = await answers.next();
    if (answer.done === true)
      throw new Error(`${name} (${command.join(' ')}) ended before it answered`);
    return answer.value;
  };
  if ((await next()) !== 'ready') throw new Error(`${name} did not say that it is ready`);
  return {
    name,
    async run(count) {
      child.stdin.write(`${count}\n`);
      const nanoseconds = Number(await next());
      if (!(nanoseconds > 0)) throw new Error(`${name} answered no time`);
      return nanoseconds;
    },
    close: () => stop(child),
  };
}

function stop(child: ChildProcess): void {
  child.stdin?.end();
  child.kill();
}

let taskset: boolean | undefined;

function hasTaskset(): boolean {
  taskset ??= found('taskset', ['-c', `${pinned}`, 'true']);
  return taskset;
}

/** Whether a command runs and succeeds. */
export function found(command: string, args: readonly string[] = ['--version']): boolean {
  try {
    execFileSync(command, args, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

const root = join(dirname(fileURLToPath(import.meta.url)), '../../..');

/** The sources of the baselines. */
export const baselineFolder = join(root, 'test/bench/baseline');

/** A subject: one of our own programs under `test/bench/subject/`. */
export function subject(
  name: string,
  file: string,
  ...args: readonly string[]
): Promise<Contender> {
  return program(name, [process.execPath, join(root, 'dist/test/bench/subject', file), ...args]);
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
