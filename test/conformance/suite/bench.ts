/** Peers on the ends of one socket. */
import type { Protocol } from '../../../codegen/model/protocol.js';
import { SystemError } from '../../../runtime/errors.js';
import type { FdSocket } from '../../../runtime/sockets/fd-socket.js';
import { type Limits, Session, socketsFor, type Subject } from './session.js';

/** Peers on the ends of one socket: two, or one whose other end the suite holds. */
export class Bench implements AsyncDisposable {
  readonly sessions: Session[] = [];
  readonly #sockets: [FdSocket, FdSocket];

  private constructor(sockets: [FdSocket, FdSocket]) {
    this.#sockets = sockets;
  }

  static async start(
    protocol: Protocol,
    subjects: readonly Subject[],
    limits: Limits,
  ): Promise<Bench> {
    const bench = new Bench(socketsFor(protocol, limits));
    try {
      for (const [index, subject] of subjects.entries()) {
        const end = bench.#sockets[index === 0 ? 0 : 1];
        bench.sessions.push(await Session.start(subject, end, limits));
      }
      return bench;
    } catch (error) {
      await bench[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** The first peer, or the sender of a pair. */
  get first(): Session {
    return this.#session(0);
  }

  /** The receiver of a pair. */
  get second(): Session {
    return this.#session(1);
  }

  /** The end that a lone peer does not have. */
  get socket(): FdSocket {
    return this.#sockets[1];
  }

  /** Takes out what was sent and nobody has read. @returns how many packets that were */
  drain(): number {
    return this.#sockets.reduce((sum, socket) => sum + drained(socket), 0);
  }

  #session(index: number): Session {
    const session = this.sessions[index];
    if (session === undefined) throw new Error('no such peer');
    return session;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const session of this.sessions) await session.end();
    for (const socket of this.#sockets) socket.close();
  }
}

function drained(socket: FdSocket): number {
  for (let packets = 0; ; packets++) {
    try {
      socket.recv(new Uint8Array(1), { dontWait: true });
    } catch (error) {
      if (error instanceof SystemError && error.code === 'EAGAIN') return packets;
      throw error;
    }
  }
}
