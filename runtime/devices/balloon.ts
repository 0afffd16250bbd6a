/** The balloon: the end that requests go to, and a device that receives them. */
import { systemError } from '../errors.js';
import type { FdSocket } from '../sockets/fd-socket.js';

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
