/** A running peer: orders on its standard input, answers from its standard output, a socket as descriptor 3. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type Interface, createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import type { Descriptor } from '../../runtime/codec/index.js';

/** An answer, as the peer wrote it. */
export type Answer = { readonly ok: boolean } & Readonly<Record<string, unknown>>;

/** A peer that has not answered by then is killed. */
const hangsAfterMs = 60_000;

export class PeerProcess {
  readonly #child: ChildProcess;
  readonly #input: Writable;
  readonly #lines: Interface;
  readonly #answers: AsyncIterator<string>;
  readonly #ended: Promise<unknown[]>;

  private constructor(child: ChildProcess, input: Writable, output: Readable) {
    this.#child = child;
    this.#input = input;
    this.#lines = createInterface({ input: output });
    this.#answers = this.#lines[Symbol.asyncIterator]();
    this.#ended = once(child, 'close');
    // A peer that has died is told by the answer that does not come.
    input.on('error', () => undefined);
  }

  /** Starts a peer. The socket stays the caller's; the peer has a copy of it. */
  static start(command: readonly string[], socket: Descriptor): PeerProcess {
    const [file = '', ...args] = command;
    const child = spawn(file, args, { stdio: ['pipe', 'pipe', 'inherit', socket.fd] });
    const { stdin, stdout } = child;
    if (stdin === null || stdout === null) throw new Error('a pipe is missing');
    return new PeerProcess(child, stdin, stdout);
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /**
   * Gives one order, an object or a line as it stands, and waits for its answer.
   *
   * @throws Error if the peer ends or hangs instead, or answers with what is not JSON
   */
  async ask(order: object | string): Promise<Answer> {
    this.#input.write(`${typeof order === 'string' ? order : JSON.stringify(order)}\n`);
    const timer = setTimeout(() => this.kill('SIGKILL'), hangsAfterMs);
    const { value, done } = await this.#answers.next();
    clearTimeout(timer);
    if (done !== true) return JSON.parse(value) as Answer; // judged by who asked
    const [status, signal] = await this.#ended;
    throw new Error(`the peer ended (${String(signal ?? status)}) instead of answering`);
  }

  kill(signal: 'SIGSTOP' | 'SIGCONT' | 'SIGKILL'): void {
    this.#child.kill(signal);
  }

  /** Lets the peer end by itself; the status that it ends with. */
  async quit(): Promise<unknown> {
    await this.ask({ op: 'quit' });
    const [status] = await this.#ended;
    return status;
  }

  /** Lets its input end without a word; the status that it ends with. */
  async endInput(): Promise<unknown> {
    this.#input.end();
    const [status] = await this.#ended;
    return status;
  }

  /** Ends it, in whatever state it is. */
  async stop(): Promise<void> {
    this.kill('SIGKILL');
    this.#lines.close();
    await this.#ended;
  }
}
