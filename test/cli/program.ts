/** Runs the program `vmwire`, as users do. */
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../../runtime/cli/main.js', import.meta.url));

/** What came of a program. */
export interface Ended {
  /** The exit status, or the signal that it died of. */
  readonly status: number | string;
  readonly stdout: string;
  readonly stderr: string;
}

/** More for the program than its arguments. */
export interface ProgramOptions {
  /** What standard input holds; without it, it is empty. */
  readonly input?: string;
  /** Added to the environment, from which colours and debugging are taken out. */
  readonly env?: Readonly<Record<string, string>>;
  readonly stdio?: SpawnOptions['stdio'];
  /** The user that it runs as. */
  readonly uid?: number;
}

/** A running program. */
export class Program {
  readonly child: ChildProcess;
  stdout = '';
  stderr = '';
  readonly #exit: Promise<unknown[]>;

  constructor(file: string, args: readonly string[], options: ProgramOptions = {}) {
    const { NO_COLOR: _no, FORCE_COLOR: _force, VMWIRE_DEBUG: _debug, ...env } = process.env;
    this.child = spawn(process.execPath, [file, ...args], {
      env: { ...env, ...options.env },
      stdio: options.stdio ?? 'pipe',
      ...(options.uid === undefined ? {} : { uid: options.uid }),
    });
    this.#exit = once(this.child, 'close');
    this.child.stdout?.on('data', (text: Buffer) => (this.stdout += text.toString()));
    this.child.stderr?.on('data', (text: Buffer) => (this.stderr += text.toString()));
    this.child.stdin?.end(options.input);
  }

  /** Waits until standard output matches; fails if the program ends before. */
  async prints(pattern: RegExp): Promise<void> {
    await this.#until(() => pattern.test(this.stdout), `printed ${pattern}`);
  }

  /** The same for standard error. */
  async complains(pattern: RegExp): Promise<void> {
    await this.#until(() => pattern.test(this.stderr), `complained ${pattern}`);
  }

  async #until(holds: () => boolean, what: string): Promise<void> {
    for (const deadline = Date.now() + 10_000; !holds();) {
      if (this.child.exitCode !== null || Date.now() > deadline) {
        throw new Error(`it never ${what}: ${this.stdout}${this.stderr}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  async ended(): Promise<Ended> {
    const [code, signal] = await this.#exit;
    const status = typeof code === 'number' ? code : String(signal);
    return { status, stdout: this.stdout, stderr: this.stderr };
  }

  kill(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }
}

/** Starts `vmwire`. */
export function start(args: readonly string[], options?: ProgramOptions): Program {
  return new Program(main, args, options);
}

/** Runs `vmwire` to its end. */
export function vmwire(args: readonly string[], options?: ProgramOptions): Promise<Ended> {
  return start(args, options).ended();
}

/** Runs any module of the build. */
export function startModule(path: string, args: readonly string[] = [], env = {}): Program {
  return new Program(fileURLToPath(new URL(`../../${path}`, import.meta.url)), args, { env });
}

/** A folder for sockets, that disappears. */
export class Folder implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), 'vmwire-cli-'));
  readonly socket = join(this.path, 'vm.sock');

  get hasSocket(): boolean {
    return existsSync(this.socket);
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true });
  }
}

/** A `vmwire run` that is ready, with its socket in a folder. Whatever happens, it is killed at the end. */
export class RunningVm implements Disposable {
  readonly folder = new Folder();
  readonly socket = this.folder.socket;
  readonly program: Program;

  private constructor(args: readonly string[], env: Readonly<Record<string, string>>) {
    this.program = start(['run', '--socket', this.socket, ...args], { env });
  }

  static async start(
    args: readonly string[] = ['--simulate'],
    env: Readonly<Record<string, string>> = {},
  ): Promise<RunningVm> {
    const vm = new RunningVm(args, env);
    try {
      await vm.program.prints(/ready/);
      return vm;
    } catch (error) {
      vm[Symbol.dispose]();
      throw error;
    }
  }

  [Symbol.dispose](): void {
    this.program.kill('SIGKILL');
    this.folder[Symbol.dispose]();
  }
}
