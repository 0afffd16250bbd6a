/** The balloon's control socket: the end that requests go to, and the end of a device that receives them. */
import { systemError } from '../errors.js';
import { type Watch, eventLoop } from '../events/event-loop.js';
import type { FdSocket } from '../sockets/fd-socket.js';
import { packetBlock } from '../sockets/packet-block.js';
import { tryReceivePacket } from '../sockets/packets.js';

/** Where adjustments of the balloon go. */
export interface BalloonTarget {
  /**
   * Asks for the balloon to grow (positive) or shrink (negative).
   *
   * @param pages of 4096 bytes, a signed 32-bit integer
   * @throws SystemError EAGAIN if the device has not read the last ones, ECONNREFUSED, ENOTCONN or
   *   EPIPE if it's gone
   */
  adjust(pages: number): void;
}

/** An adjustment travels as a little-endian i32. */
const messageSize = 4;

/**
 * The VM's end of a balloon socket, as in the reference: each adjustment is one packet of 4 bytes.
 *
 * @example
 * const [vmEnd, deviceEnd] = socketPair();
 * const balloon = new BalloonSocket(vmEnd);
 * balloon.adjust(256);
 */
export class BalloonSocket implements BalloonTarget {
  readonly #socket: FdSocket;
  readonly #message = new Uint8Array(messageSize);

  /** The socket stays the caller's to close. */
  constructor(socket: FdSocket) {
    this.#socket = socket;
  }

  adjust(pages: number): void {
    if (!Number.isInteger(pages) || pages < -(2 ** 31) || pages >= 2 ** 31) {
      throw systemError('EINVAL', 'adjust', `${pages} pages (must be a signed 32-bit integer)`);
    }
    new DataView(this.#message.buffer).setInt32(0, pages, true);
    this.#socket.send(this.#message, [], { dontWait: true });
  }
}

/**
 * The device's end of a balloon socket: receives the adjustments as they come, on this thread's event
 * loop.
 *
 * @example
 * const [vmEnd, deviceEnd] = socketPair();
 * const device = new BalloonDevice(deviceEnd, (pages) => console.log(`${pages} pages`));
 * new BalloonSocket(vmEnd).adjust(256);
 */
export class BalloonDevice implements Disposable {
  readonly #socket: FdSocket;
  readonly #onAdjust: (pages: number) => void;
  readonly #watch: Watch;

  /** Takes the socket over. If this throws, the socket is still the caller's. */
  constructor(socket: FdSocket, onAdjust: (pages: number) => void) {
    this.#socket = socket;
    this.#onAdjust = onAdjust;
    this.#watch = eventLoop.watch(socket, 'readable', {
      ready: () => this.#receive(),
      released: () => this.close(),
    });
  }

  /** @returns whether there was an adjustment: there may be more */
  #receive(): boolean {
    let length: number;
    try {
      length = tryReceivePacket(this.#socket, 0);
    } catch {
      length = 0;
    }
    // The far end is gone.
    if (length === 0) this.#watch.disarm();
    if (length !== messageSize) return false;
    this.#onAdjust(packetBlock.incoming.getInt32(0, true));
    return true;
  }

  /** Closes the socket, after the adjustments that were sent before. */
  close(): void {
    if (this.#socket.closed) return;
    this.#watch.close();
    while (this.#receive());
    this.#socket.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
