/** Programs in a process of their own, where a crash, an exit or a full table harms nobody. */
import { spawn, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const index = new URL('../runtime/index.js', import.meta.url).href;

/** How a program ended, and what it said. */
export interface Ended {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** What a child may have that its parent has not. */
export interface ChildOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** A user and a group to become; only root can. */
  readonly uid?: number;
  readonly gid?: number;
  /** Killed after so many milliseconds: it hangs. */
  readonly timeoutMs?: number;
}

/** The path of a compiled module of this project, for programs to import. */
export function compiled(path: string): string {
  return fileURLToPath(new URL(`../${path}`, import.meta.url));
}

/** Why this process can't become another user, or undefined. */
export const notRoot = process.geteuid?.() === 0 ? undefined : 'only root can become another user';

/** Why no process of another user can run what is compiled here, or undefined. */
export function whyNoStranger(): string | undefined {
  if (notRoot !== undefined) return notRoot;
  const { status } = spawnSync('test', ['-r', compiled('runtime/index.js')], { uid: 65_533 });
  return status === 0 ? undefined : 'other users can not read this folder';
}

/** Runs an ES module with everything that the runtime exports in `vmwire`. */
export async function runChild(code: string, options: ChildOptions = {}): Promise<Ended> {
  const program = `import * as vmwire from ${JSON.stringify(index)};\n${code}`;
  return runNode(['--input-type=module', '-e', program], options);
}

/** Runs Node, with any arguments: a program of its own can start threads, which `-e` would confuse. */
export async function runNode(args: readonly string[], options: ChildOptions = {}): Promise<Ended> {
  const { env = {}, timeoutMs = 20_000, uid, gid } = options;
  // Another user may not write where the coverage is gathered.
  const uncovered = uid === undefined ? {} : { NODE_V8_COVERAGE: '' };
  const child = spawn(process.execPath, args, {
    env: { ...process.env, ...uncovered, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: timeoutMs,
    killSignal: 'SIGKILL',
    ...(uid === undefined ? {} : { uid }),
    ...(gid === undefined ? {} : { gid }),
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status, signal) => resolve({ status, signal, stdout, stderr }));
  });
}
