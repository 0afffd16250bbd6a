/** A peer's process, and the line protocol that it is driven by. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import type { Descriptor } from '../../../runtime/codec/index.js';

/** An answer of a peer: any JSON object. */
export type Answer = Readonly<Record<string, unknown>>;

/** The peer can't go on: it died, hangs, or does not speak the line protocol. */
export class PeerFailure extends Error {
  /** Whether the time ran out. */
  readonly hangs: boolean;

  constructor(message: string, hangs = false) {
    super(message);
    this.hangs = hangs;
  }
}

interface Waiting {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: PeerFailure) => void;
}

/** Who runs: a suite that is interrupted leaves nobody behind. */
const running = new Set<PeerDriver>();
process.on('exit', () => {
  for (const driver of running) driver.kill();
});

/** The longest answer that is read: 253 descriptors need 12 KiB. */
const longestLine = 1 << 20;

/** Drives one running peer, and survives whatever it does. */
export class PeerDriver {
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #ended: Promise<void>;
  readonly #waiting: Waiting[] = [];
  readonly #answerLimitMs: number;
  #output = '';
  #errors = '';
  #failure: PeerFailure | undefined;
  #done = false;

  /** @param socket becomes descriptor 3 of the peer; it stays the caller's to close */
  constructor(command: readonly string[], socket: Descriptor, answerLimitMs: number) {
    this.#answerLimitMs = answerLimitMs;
    const [program = '', ...args] = command;
    // A group of its own, so that what a foreign peer starts ends with it.
    this.#child = spawn(program, args, {
      stdio: ['pipe', 'pipe', 'pipe', socket.fd],
      detached: true,
    }) as ChildProcessByStdio<Writable, Readable, Readable>; // as `stdio` says
    running.add(this);
    this.#child.stdout.setEncoding('utf8').on('data', (text: string) => this.#read(text));
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#errors = (this.#errors + text).slice(-2000);
    });
    // The end of the process tells more.
    this.#child.stdin.on('error', () => undefined);
    this.#ended = new Promise((resolve) => {
      this.#child.on('error', (error) => {
        this.#fail(`did not start: ${error.message}`);
        resolve();
      });
      this.#child.on('close', (status, signal) => {
        this.#fail(`ended with ${signal ?? `status ${status}`}${this.#lastWords()}`);
        resolve();
      });
    });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /**
   * Gives orders, objects or lines as they stand, and waits for as many answers.
   *
   * @throws PeerFailure
   */
  async ask(...orders: readonly (object | string)[]): Promise<Answer[]> {
    if (this.#failure !== undefined) throw this.#failure;
    const answers = orders.map(
      () =>
        new Promise<Answer>((resolve, reject) => {
          this.#waiting.push({ resolve, reject });
        }),
    );
    const timer = setTimeout(() => {
      this.#fail(
        `gives no answer to ${JSON.stringify(orders[0]).slice(0, 200)} within ${this.#answerLimitMs} ms`,
        true,
      );
    }, this.#answerLimitMs);
    try {
      const lines = orders.map((order) =>
        typeof order === 'string' ? order : JSON.stringify(order),
      );
      this.#child.stdin.write(`${lines.join('\n')}\n`);
      // Every one is awaited, so that no rejection stays unseen.
      const settled = await Promise.allSettled(answers);
      return settled.map((each) => {
        if (each.status === 'rejected') throw each.reason;
        return each.value;
      });
    } finally {
      clearTimeout(timer);
    }
  }

  #read(text: string): void {
    if (this.#failure !== undefined) return;
    this.#output += text;
    for (let end = this.#output.indexOf('\n'); end >= 0; end = this.#output.indexOf('\n')) {
      const line = this.#output.slice(0, end);
      this.#output = this.#output.slice(end + 1);
      this.#accept(line);
    }
    if (this.#output.length > longestLine) this.#fail('writes a line without end');
  }

  #accept(line: string): void {
    const waiting = this.#waiting.shift();
    if (waiting === undefined) {
      this.#fail(`says more than it was asked: ${line.slice(0, 200)}`);
      return;
    }
    try {
      const answer: unknown = JSON.parse(line);
      if (typeof answer !== 'object' || answer === null || Array.isArray(answer))
        throw new Error('no object');
      waiting.resolve(answer as Answer); // an object, whose members are looked at one by one
    } catch {
      this.#waiting.unshift(waiting);
      this.#fail(`answers with what is no JSON object: ${line.slice(0, 200)}`);
    }
  }

  #fail(reason: string, hangs = false): void {
    if (this.#done) return;
    this.#failure ??= new PeerFailure(`the peer ${reason}`, hangs);
    for (const { reject } of this.#waiting.splice(0)) reject(this.#failure);
    this.kill();
  }

  #lastWords(): string {
    const words = this.#errors.trim();
    return words === '' ? '' : `; its last words: ${words}`;
  }

  /** Ends it, and whatever it has started, at once. */
  kill(): void {
    const { pid } = this.#child;
    if (pid === undefined) return;
    try {
      process.kill(-pid, 'SIGKILL');
    } catch {
      // It has ended already.
    }
  }

  /**
   * Orders the peer to quit, and sees to it that it ends.
   *
   * @returns what was wrong with that, or undefined
   */
  async quit(): Promise<string | undefined> {
    try {
      const [answer] = await this.ask({ op: 'quit' });
      if (answer?.['ok'] !== true) return `quit is answered with ${JSON.stringify(answer)}`;
      this.#done = true;
      return await this.#endOf();
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    } finally {
      await this.end();
    }
  }

  async #endOf(): Promise<string | undefined> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<string>((resolve) => {
      timer = setTimeout(() => resolve('the peer does not end after quit'), this.#answerLimitMs);
    });
    const ended = this.#ended.then(() =>
      this.#child.exitCode === 0
        ? undefined
        : `the peer ended with ${this.#child.signalCode ?? `status ${this.#child.exitCode}`} after quit`,
    );
    const problem = await Promise.race([ended, late]);
    clearTimeout(timer);
    return problem;
  }

  /** Ends it without asking. */
  async end(): Promise<void> {
    this.#done = true;
    this.kill();
    // A program that left the peer's group may still hold its pipes.
    for (const pipe of [this.#child.stdin, this.#child.stdout, this.#child.stderr]) pipe.destroy();
    await this.#ended;
    running.delete(this);
  }
}
