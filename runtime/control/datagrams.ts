/** A datagram socket, for peers of 2018: many senders, no connections. */
import { SystemError, systemError } from '../errors.js';
import { type Watch, eventLoop } from '../events/event-loop.js';
import type { FdSocket } from '../sockets/fd-socket.js';
import { isShutDown } from '../sockets/open-socket.js';
import { packetBlock } from '../sockets/packet-block.js';
import type { UnixAddress } from '../sockets/unix-address.js';
import { type ControlAccess, maySpeak } from './access.js';
import { Discarded } from './discard.js';
import { trySendOn, vmResponses } from './messages.js';
import type { RequestHandler } from './request-handler.js';

/** Requests in a row before other sockets have their turn. */
const mostInARow = 8;

/** What a datagram socket tells its server. */
export interface DatagramOwner {
  readonly handler: RequestHandler;
  /** A request was answered, or not to be answered. */
  readonly answered: () => void;
  /** The socket can receive nothing any more, and has closed. */
  readonly failed: (service: DatagramService, error: unknown) => void;
}

/** Serves whoever sends. Replies never wait: they are dropped if their receiver doesn't read. */
export class DatagramService {
  readonly #socket: FdSocket;
  readonly #access: ControlAccess;
  readonly #hasFile: boolean;
  readonly #owner: DatagramOwner;
  readonly #watch: Watch;
  /** Of all senders together: they have no connections to tell them apart by. */
  readonly #discarded = new Discarded({
    resume: () => this.#readAgain(),
    allClosed: () => {},
  });

  /** Takes the socket over. If this throws, the socket is still the caller's. */
  constructor(socket: FdSocket, access: ControlAccess, owner: DatagramOwner) {
    this.#socket = socket;
    this.#access = access;
    this.#hasFile = socket.localAddress.kind === 'path';
    this.#owner = owner;
    this.#watch = eventLoop.watch(socket, 'readable', {
      ready: () => this.#serve(),
      released: () => this.close(),
    });
  }

  close(): void {
    this.#watch.close();
    this.#socket.close();
  }

  /** Ready and empty: somebody else took the packet, or whoever shares the socket has shut it down. */
  #checkEnd(): void {
    const { fd, what } = this.#socket;
    if (isShutDown(fd)) this.#fail(systemError('ESHUTDOWN', 'recv', what));
  }

  #fail(error: SystemError): void {
    this.close();
    this.#owner.failed(this, error);
  }

  #readAgain(): void {
    if (this.#socket.closed) return;
    try {
      this.#watch.arm();
    } catch (error) {
      // epoll's ENOMEM or ENOSPC: senders would wait for ever.
      if (!(error instanceof SystemError)) throw error;
      this.#fail(error);
    }
  }

  #serve(): void {
    for (let count = 0; count < mostInARow; count++) {
      if (this.#socket.closed) return;
      let sender: UnixAddress | undefined;
      const handled = this.#owner.handler.next(
        this.#socket,
        this.#discarded,
        () => {
          // Told by the packet that was received last: before anything is sent or received again.
          ({ sender } = packetBlock);
          return packetBlock.credentials;
        },
        (peer) => maySpeak(peer, this.#access, this.#hasFile),
      );
      if (handled === 'none' && count === 0) this.#checkEnd();
      if (handled === 'none' || handled === 'end') return;
      if (handled !== 'silence' && sender !== undefined && canBeAnswered(sender)) {
        try {
          trySendOn(vmResponses, this.#socket, handled, sender);
        } catch {
          // The sender has gone, or never had this name: there is nobody to tell.
        }
      }
      this.#owner.answered();
      if (this.#discarded.mustWait) {
        this.#watch.disarm();
        return;
      }
    }
  }
}

/** A relative path means something else in this process's directory than in the sender's. */
function canBeAnswered({ kind, path }: UnixAddress): boolean {
  return kind === 'abstract' || path?.startsWith('/') === true;
}
