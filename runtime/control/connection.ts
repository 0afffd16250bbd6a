/** One client of a server: a connection whose requests are answered one after the other. */
import type { VmResponse } from '../../generated/vm_control/vm_control.js';
import { SystemError } from '../errors.js';
import { type Watch, type Watcher, eventLoop } from '../events/event-loop.js';
import type { FdSocket } from '../sockets/fd-socket.js';
import type { Credentials } from '../sockets/packet-block.js';
import { type DescriptorSender, Discarded } from './discard.js';
import { trySendOn, vmResponses } from './messages.js';
import type { RequestHandler } from './request-handler.js';

/** Requests of one client in a row, as long as no other has one. */
const mostInARow = 8;

/** What a connection tells its server. */
export interface ConnectionOwner {
  readonly handler: RequestHandler;
  /** A request was answered, or not to be answered. */
  readonly answered: () => void;
  /** The connection is closed, and so is every descriptor that came through it. */
  readonly ended: (connection: Connection) => void;
}

/**
 * A client. At most one of its responses waits to be sent, and its next request isn't read before.
 *
 * It is its own watcher and sender: an object less for each of a thousand clients.
 */
export class Connection implements Watcher, DescriptorSender {
  readonly #socket: FdSocket;
  readonly #peer: Credentials | undefined;
  readonly #owner: ConnectionOwner;
  readonly #readable: Watch;
  #writable: Watch | undefined;
  #unsent: VmResponse | undefined;
  #closed = false;
  readonly #discarded = new Discarded(this);

  /** Takes the socket over. If this throws, the socket is still the caller's. */
  constructor(socket: FdSocket, peer: Credentials | undefined, owner: ConnectionOwner) {
    this.#socket = socket;
    this.#peer = peer;
    this.#owner = owner;
    this.#readable = eventLoop.watch(socket, 'readable', this);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#readable.close();
    this.#writable?.close();
    this.#socket.close();
    if (this.#discarded.count === 0) this.#owner.ended(this);
  }

  released(): void {
    this.close();
  }

  /** A client that left is one until then: otherwise it could come back and leave more. */
  allClosed(): void {
    if (this.#closed) this.#owner.ended(this);
  }

  ready(): void {
    // The look that finds no further request is worth it only if there is nothing else to do.
    const most = eventLoop.isCrowded ? 1 : mostInARow;
    for (let count = 0; count < most && this.#unsent === undefined; count++) {
      const handled = this.#owner.handler.next(
        this.#socket,
        this.#discarded,
        () => this.#peer,
        () => true, // it was asked when it connected
      );
      if (handled === 'none') return;
      if (handled === 'end') {
        this.close();
        return;
      }
      if (handled !== 'silence') this.#answer(handled);
      this.#owner.answered();
      if (this.#closed) return;
      if (this.#discarded.mustWait) {
        this.#readable.disarm();
        return;
      }
    }
  }

  #answer(response: VmResponse): void {
    if (this.#send(response)) return;
    this.#unsent = response;
    this.#readable.disarm();
    this.#orClose(() => {
      this.#writable ??= eventLoop.watch(this.#socket, 'writable', {
        ready: () => this.#sendAgain(),
        released: () => this.released(),
      });
      this.#writable.arm();
    });
  }

  #sendAgain(): void {
    if (this.#unsent === undefined || !this.#send(this.#unsent) || this.#closed) return;
    this.#unsent = undefined;
    this.#writable?.disarm();
    this.resume();
  }

  resume(): void {
    if (this.#closed || this.#unsent !== undefined || this.#discarded.mustWait) return;
    this.#orClose(() => this.#readable.arm());
  }

  /** A client that can't be watched (epoll's ENOMEM, ENOSPC) would wait for ever. */
  #orClose(watch: () => void): void {
    try {
      watch();
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      this.close();
    }
  }

  /** @returns false if there is no room for it now. A client that is gone is closed. */
  #send(response: VmResponse): boolean {
    try {
      return trySendOn(vmResponses, this.#socket, response);
    } catch {
      // EPIPE or ECONNRESET: it left without waiting for its answer, as clients may.
      this.close();
      return true;
    }
  }
}
