/**
 * Packets through this thread's block: for whoever encodes straight into `packetBlock.outgoing` and
 * decodes straight from `packetBlock.incoming`. Everyone else uses `FdSocket`.
 */
import { errno } from '../../native/errno.js';
import { MSG_DONTWAIT } from '../../native/socket.js';
import type { Descriptor } from '../codec/index.js';
import { closeAll } from '../descriptors/close-all.js';
import type { OwnedFd } from '../descriptors/owned-fd.js';
import { SystemError } from '../errors.js';
import { callAgain } from './interrupted.js';
import { packetBlock } from './packet-block.js';
import type { SocketType } from './socket-options.js';
import type { UnixAddress } from './unix-address.js';

/** What packets need to know of a socket. */
export interface PacketSocket extends Descriptor {
  /** For error messages. */
  readonly what: string;
  readonly type: SocketType;
  /** Whether SO_PASSCRED is set. */
  readonly receivesCredentials: boolean;
  /** How long blocking calls wait, in milliseconds, or undefined if they wait for ever. */
  readonly receiveTimeoutMs: number | undefined;
  readonly sendTimeoutMs: number | undefined;
}

/**
 * Sends the first `length` bytes of `packetBlock.outgoing`; blocks while there is no room.
 *
 * @throws SystemError EPIPE, ECONNREFUSED, ENOTCONN, ETIMEDOUT, EMSGSIZE, EBADF, …
 */
export function sendPacket(
  socket: PacketSocket,
  length: number,
  fds: readonly Descriptor[],
  address?: UnixAddress,
): void {
  let sent = sendOnce(socket, length, fds, address, 0);
  if (sent === -errno.EINTR) sent = sendAgain(socket, length, fds, address);
  if (sent < 0) throw failure(-sent, 'send', socket, socket.sendTimeoutMs);
}

/** Apart from the call that is mostly the only one: a closure would cost that one an allocation. */
function sendAgain(
  socket: PacketSocket,
  length: number,
  fds: readonly Descriptor[],
  address: UnixAddress | undefined,
): number {
  return callAgain(() => sendOnce(socket, length, fds, address, 0), socket.sendTimeoutMs);
}

/** The same, without waiting. @returns false if there is no room now; nothing was sent */
export function trySendPacket(
  socket: PacketSocket,
  length: number,
  fds: readonly Descriptor[],
  address?: UnixAddress,
): boolean {
  const sent = sendOnce(socket, length, fds, address, MSG_DONTWAIT);
  if (sent >= 0) return true;
  if (sent === -errno.EAGAIN) return false;
  throw failure(-sent, 'send', socket, undefined);
}

function sendOnce(
  socket: PacketSocket,
  length: number,
  fds: readonly Descriptor[],
  address: UnixAddress | undefined,
  flags: number,
): number {
  return address === undefined
    ? packetBlock.send(socket.fd, length, fds, flags)
    : packetBlock.sendTo(socket.fd, address, length, fds, flags);
}

/**
 * Receives into `packetBlock.incoming` and `packetBlock.fds`, whose descriptors are the caller's to
 * close from here on; blocks until a packet comes.
 *
 * @param room how many descriptors to take at most
 * @returns the packet's real length, which may exceed `maxPacketSize`; 0 at the end of a connection
 * @throws SystemError ETIMEDOUT, ECONNRESET, ENOTCONN, EMFILE, EBADF, …
 */
export function receivePacket(socket: PacketSocket, room: number): number {
  let length = receiveOnce(socket, room, 0);
  if (length === -errno.EINTR) length = receiveAgain(socket, room);
  if (length >= 0) return length;
  closeAll(packetBlock.fds);
  throw failure(-length, 'recv', socket, socket.receiveTimeoutMs);
}

/** As `sendAgain`. */
function receiveAgain(socket: PacketSocket, room: number): number {
  return callAgain(() => receiveOnce(socket, room, 0), socket.receiveTimeoutMs);
}

/**
 * The same, without waiting.
 *
 * @param discard closes those that did fit where others did not (EMFILE), and empties the list
 * @returns -1 if nothing is there now
 */
export function tryReceivePacket(
  socket: PacketSocket,
  room: number,
  discard: (fds: OwnedFd[]) => void = closeAll,
): number {
  const length = receiveOnce(socket, room, MSG_DONTWAIT);
  if (length >= 0) return length;
  if (length === -errno.EAGAIN) return -1;
  if (packetBlock.fds.length > 0) discard(packetBlock.fds);
  throw failure(-length, 'recv', socket, undefined);
}

function receiveOnce(socket: PacketSocket, room: number, flags: number): number {
  const named = socket.type === 'datagram';
  return packetBlock.receive(socket.fd, room, socket.receivesCredentials, named, flags);
}

function failure(
  number: number,
  operation: string,
  socket: PacketSocket,
  timeoutMs: number | undefined,
): SystemError {
  return number === errno.EAGAIN && timeoutMs !== undefined
    ? new SystemError(errno.ETIMEDOUT, operation, `${socket.what} within ${timeoutMs} ms`)
    : new SystemError(number, operation, socket.what);
}
