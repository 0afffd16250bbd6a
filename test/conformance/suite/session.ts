/** One peer on one end of a socket pair, started again when it breaks. */
import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import type { Protocol } from '../../../codegen/model/protocol.js';
import { FdSocket } from '../../../runtime/sockets/fd-socket.js';
import { type Answer, PeerDriver } from './peer-driver.js';

/** A peer that the suite can start. */
export interface Subject {
  /** `python`, `typescript crosvm2018`, `peer`. */
  readonly name: string;
  /** What starts it; it may have to be built first. */
  readonly command: () => Promise<readonly string[]>;
}

export interface Limits {
  /** How long a receiver waits on its socket. */
  readonly receiveMs: number;
  /** How long the suite waits for an answer. */
  readonly answerMs: number;
}

/** A running peer, what it can do, and how many descriptors it holds when it rests. */
export class Session {
  readonly driver: PeerDriver;
  readonly ops: ReadonlySet<string>;
  readonly hello: Answer;
  #descriptors: number | undefined;

  private constructor(driver: PeerDriver, hello: Answer, ops: readonly string[]) {
    this.driver = driver;
    this.hello = hello;
    this.ops = new Set(ops);
  }

  /** Starts a peer on a socket. @throws PeerFailure */
  static async start(subject: Subject, socket: FdSocket, limits: Limits): Promise<Session> {
    const driver = new PeerDriver(await subject.command(), socket, limits.answerMs);
    try {
      const [hello = {}] = await driver.ask({ op: 'hello' });
      const { ops } = hello;
      const named = Array.isArray(ops) ? ops.filter((op) => typeof op === 'string') : [];
      return new Session(driver, hello, named);
    } catch (error) {
      await driver.end();
      throw error;
    }
  }

  /**
   * Gives an order, and asks for the count of descriptors after it.
   *
   * @returns the answer, and what is wrong with the count
   * @throws PeerFailure
   */
  async ask(order: object): Promise<{ answer: Answer; leak: string | undefined }> {
    if (!this.ops.has('descriptors')) {
      const [answer = {}] = await this.driver.ask(order);
      return { answer, leak: undefined };
    }
    const [answer = {}, { count } = {}] = await this.driver.ask(order, { op: 'descriptors' });
    const before = this.#descriptors;
    // So that each case answers for itself.
    this.#descriptors = typeof count === 'number' ? count : undefined;
    if (typeof count !== 'number')
      return { answer, leak: `descriptors: ${JSON.stringify(count)} is no count` };
    if (before === undefined || before === count) return { answer, leak: undefined };
    return { answer, leak: `${before} descriptors before, ${count} after${this.#inherited()}` };
  }

  /** What of the descriptors would pass to a program that the peer starts. */
  #inherited(): string {
    const folder = `/proc/${this.driver.pid}`;
    try {
      const open = readdirSync(`${folder}/fd`)
        .filter((fd) => readlinkSync(`${folder}/fd/${fd}`).startsWith('/memfd:'))
        .filter((fd) => {
          const flags = /^flags:\s*(\d+)/m.exec(
            readFileSync(`${folder}/fdinfo/${fd}`, 'utf8'),
          )?.[1];
          return (Number.parseInt(flags ?? '0', 8) & 0o2000000) === 0;
        });
      return open.length === 0 ? '' : `; not close-on-exec: ${open.join(', ')}`;
    } catch {
      return ''; // The peer is gone, or somebody else's.
    }
  }

  async end(): Promise<void> {
    await this.driver.end();
  }
}

/** The two ends of a socket as the schema says. */
export function socketsFor(protocol: Protocol, limits: Limits): [FdSocket, FdSocket] {
  const pair = FdSocket.pair(protocol.transport === 'seqpacket' ? 'seqpacket' : 'datagram');
  for (const socket of pair)
    socket.setTimeouts({ receiveMs: limits.receiveMs, sendMs: limits.answerMs });
  return pair;
}
