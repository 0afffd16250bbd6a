/** A listening socket: accepts clients for as long as there is room for them. */
import { errno } from '../../native/errno.js';
import { vmResponse } from '../../generated/vm_control/vm_control.js';
import { SystemError } from '../errors.js';
import { type Watch, eventLoop } from '../events/event-loop.js';
import type { FdSocket } from '../sockets/fd-socket.js';
import { type ControlAccess, maySpeak } from './access.js';
import { trySendOn, vmResponses } from './messages.js';

/** After this time a listener that ran out of descriptors tries again, whoever has closed some. */
const retryMs = 1_000;
/** Clients in a row before the others have their turn. */
const mostInARow = 16;

/** What a listener tells its server. */
export interface ListenerOwner {
  /** Whether there is room for one more client. */
  readonly hasRoom: () => boolean;
  /** Takes over the socket of a client that may speak. */
  readonly admit: (client: FdSocket) => void;
  /** The listener can accept nobody any more, and has closed. */
  readonly failed: (listener: Listener, error: unknown) => void;
}

/** Accepts clients; those that may not speak are told so and dropped. */
export class Listener {
  readonly #socket: FdSocket;
  readonly #access: ControlAccess;
  readonly #hasFile: boolean;
  readonly #owner: ListenerOwner;
  readonly #watch: Watch;
  #retry: NodeJS.Timeout | undefined;

  /** Takes the socket over. If this throws, the socket is still the caller's. */
  constructor(socket: FdSocket, access: ControlAccess, owner: ListenerOwner) {
    this.#socket = socket;
    this.#access = access;
    this.#hasFile = socket.localAddress.kind === 'path';
    this.#owner = owner;
    this.#watch = eventLoop.watch(socket, 'readable', {
      ready: () => this.#accept(),
      released: () => this.close(),
    });
  }

  /** A client has left: there is room again. */
  resume(): void {
    clearTimeout(this.#retry);
    this.#retry = undefined;
    try {
      this.#watch.arm();
    } catch (error) {
      this.#pause(error);
    }
  }

  close(): void {
    clearTimeout(this.#retry);
    this.#watch.close();
    this.#socket.close();
  }

  #accept(): void {
    for (let count = 0; count < mostInARow; count++) {
      if (!this.#owner.hasRoom()) {
        this.#watch.disarm();
        return;
      }
      let client: FdSocket | undefined;
      try {
        client = this.#socket.tryAccept();
      } catch (error) {
        this.#pause(error);
        return;
      }
      if (client === undefined) return;
      this.#welcome(client);
    }
  }

  /** The one that waits stays in the backlog; a listener that stays armed would spin. */
  #pause(error: unknown): void {
    if (!(error instanceof SystemError) || !isExhaustion(error)) {
      // Whoever shares the socket has shut it down: it is ready for ever, and brings nobody.
      this.close();
      this.#owner.failed(this, error);
      return;
    }
    this.#watch.disarm();
    this.#retry = setTimeout(() => this.resume(), retryMs);
  }

  #welcome(client: FdSocket): void {
    try {
      if (maySpeak(client.peerCredentials, this.#access, this.#hasFile)) {
        this.#owner.admit(client);
        return;
      }
      trySendOn(vmResponses, client, vmResponse.err(errno.EPERM));
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
    }
    client.close();
  }
}

/** Out of descriptors, memory or watches of epoll, of this process or of the system: it passes. */
function isExhaustion({ errno: number }: SystemError): boolean {
  return [errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOBUFS, errno.ENOSPC].includes(number);
}
