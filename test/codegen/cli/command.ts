/** Runs the real `vmwire-codegen`, in a folder of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../../../..', import.meta.url));
const cli = join(root, 'dist/codegen/cli/main.js');

export interface Finished {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Another copy of the program. */
  readonly program?: string;
}

export function start(args: readonly string[], options: CommandOptions): ChildProcess {
  return spawn(process.execPath, [options.program ?? cli, ...args], {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 60_000,
    killSignal: 'SIGKILL',
  });
}

/** Runs a command to its end. */
export function command(args: readonly string[], options: CommandOptions): Promise<Finished> {
  return finished(start(args, options));
}

/** All that a program says, and how it ends. */
export function finished(child: ChildProcess): Promise<Finished> {
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  return new Promise((resolve) => {
    child.once('close', (status) => resolve({ status, stdout, stderr }));
  });
}

/** A new folder with a copy of a schema in `schema/`. */
export function project(schema = 'test/codegen/samples/tiny.ksy', name = 'tiny.ksy'): string {
  const folder = mkdtempSync(join(tmpdir(), 'vmwire-cli-'));
  mkdirSync(join(folder, 'schema'));
  copyFileSync(join(root, schema), join(folder, 'schema', name));
  return folder;
}

/** Every file below a folder with its text, by its path in it. */
export function filesIn(folder: string): Readonly<Record<string, string>> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  return Object.fromEntries(
    entries
      .toSorted()
      .map((path) => [path.slice(folder.length + 1), readFileSync(path, 'utf8')] as const),
  );
}
