/** Starts a server process, asks it what it holds, and ends it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ServerCounts, ServerSettings } from './server-process.js';

/** A server in another process, in a folder that disappears with it. */
export class RemoteServer implements Disposable {
  readonly path: string;
  readonly #folder: string;
  readonly #child: ChildProcess;
  #errors = '';

  private constructor(folder: string, path: string, child: ChildProcess) {
    this.#folder = folder;
    this.path = path;
    this.#child = child;
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#errors += text;
    });
  }

  /** @param openFiles the most descriptors that it may have, or undefined for this process's own limit */
  static async start(
    settings: Omit<ServerSettings, 'path'> = {},
    openFiles?: number,
  ): Promise<RemoteServer> {
    const folder = mkdtempSync(join(tmpdir(), 'vmwire-hostile-'));
    const path = join(folder, 'vm.sock');
    const program = fileURLToPath(new URL('server-process.js', import.meta.url));
    const limit = openFiles === undefined ? '' : `ulimit -n ${openFiles};`;
    const child = spawn(
      '/bin/sh',
      [
        '-c',
        `${limit} exec "$@"`,
        'sh',
        process.execPath,
        '--expose-gc',
        program,
        JSON.stringify({ ...settings, path }),
      ],
      // In a group of its own: an interrupt from the terminal is for whoever asks it for its counts.
      { stdio: ['ignore', 'inherit', 'pipe', 'ipc'], detached: true },
    );
    const server = new RemoteServer(folder, path, child);
    await server.#message();
    return server;
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  async #message(): Promise<unknown> {
    const died = new AbortController();
    const end = (code: number | null, signal: string | null): void =>
      died.abort(new Error(`the server died (${signal ?? code}): ${this.#errors}`));
    this.#child.once('exit', end);
    try {
      const [message]: unknown[] = await once(this.#child, 'message', { signal: died.signal });
      return message;
    } catch (error) {
      throw died.signal.aborted ? died.signal.reason : error;
    } finally {
      this.#child.off('exit', end);
    }
  }

  /** What it holds now. @throws Error if it has died, with what it said */
  async counts(): Promise<ServerCounts> {
    if (this.#child.exitCode !== null) throw new Error(`the server died: ${this.#errors}`);
    this.#child.send('counts');
    // The other end of this channel is `counts` in server-process.ts.
    return (await this.#message()) as ServerCounts;
  }

  /** Waits until something holds of its counts. */
  async until(what: string, holds: (counts: ServerCounts) => boolean): Promise<ServerCounts> {
    for (const deadline = Date.now() + 10_000; ;) {
      const counts = await this.counts();
      if (holds(counts)) return counts;
      if (Date.now() > deadline) throw new Error(`not ${what}: ${JSON.stringify(counts)}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  /** Waits until nothing moves: no client, no datagram that waits, no descriptor that a thread still closes. */
  async quiet(): Promise<ServerCounts> {
    let last: ServerCounts | undefined;
    return this.until('quiet', (counts) => {
      const still =
        counts.clients === 0 &&
        counts.descriptors === last?.descriptors &&
        counts.requests === last.requests;
      last = counts;
      return still;
    });
  }

  /** Its descriptors, seen from here: a full process can't look itself. */
  get openFiles(): number {
    return readdirSync(`/proc/${this.pid}/fd`).length;
  }

  /** What it has used of the CPU, seen from here, in ticks of 10 ms. */
  get cpuTicks(): number {
    const stat = readFileSync(`/proc/${this.pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
    return Number(stat[11]) + Number(stat[12]);
  }

  /** Waits until the process is over. */
  async ended(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    await once(this.#child, 'exit', { signal: AbortSignal.timeout(10_000) });
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  [Symbol.dispose](): void {
    this.#child.kill('SIGKILL');
    rmSync(this.#folder, { recursive: true });
  }
}
