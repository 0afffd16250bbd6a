/** What callers say when they open a socket, send and receive, and what they get. */
import type { Descriptor } from '../codec/index.js';
import type { OwnedFd } from '../descriptors/owned-fd.js';
import { systemError } from '../errors.js';
import type { WaitOptions } from '../events/patience.js';
import { checkBytes, checkInteger, invalidArgument } from '../arguments.js';
import { type Credentials, maxPacketFds, maxPacketSize } from './packet-block.js';
import type { FileAccess } from './socket-file.js';
import type { SocketType } from './socket-options.js';
import type { UnixAddress } from './unix-address.js';

/** A packet that was received. */
export interface Received {
  /** The packet's real length in bytes, also where the buffer was too small for it. */
  readonly length: number;
  /** The descriptors that came with it: the caller's to close. */
  readonly fds: OwnedFd[];
  /** Whether the buffer holds only its beginning. */
  readonly truncated: boolean;
  /** Whether more descriptors came than `maxFds`: the kernel has closed those. */
  readonly surplusFds: boolean;
  /** Whether the far end of a connection is gone. An empty packet on a connection looks the same. */
  readonly ended: boolean;
  /** Who sent it, to be answered with `sendTo`; `unnamed`, as on every connection, can't be. */
  readonly sender: UnixAddress;
  /** The process that sent it, on a socket that was made with `credentials`. */
  readonly credentials: Credentials | undefined;
}

export interface SendOptions {
  /** Throw EAGAIN rather than wait for room. */
  readonly dontWait?: boolean | undefined;
}

export interface RecvOptions extends SendOptions {
  /** How many descriptors to take, 0 unless told: the kernel closes the others. */
  readonly maxFds?: number | undefined;
}

export interface SocketOptions {
  readonly type?: SocketType | undefined;
  /** Receive the sender's credentials with each packet (SO_PASSCRED). */
  readonly credentials?: boolean | undefined;
}

export interface BindOptions extends SocketOptions {
  /** Who may open the socket's file. */
  readonly access?: FileAccess | undefined;
}

export interface ListenOptions extends BindOptions {
  /** How many connections may wait to be accepted, 128 unless told. */
  readonly backlog?: number | undefined;
}

export interface ConnectOptions extends SocketOptions {
  /** How long to wait for a listener whose backlog is full; for ever unless told. */
  readonly timeoutMs?: number | undefined;
  /** Take an automatic name, so that a datagram server can answer. After connecting: strangers can't answer in its place. */
  readonly autobind?: boolean | undefined;
}

/** Receiving without blocking. */
export interface RecvAsyncOptions extends WaitOptions {
  /** How many descriptors to take, 0 unless told: the kernel closes the others. */
  readonly maxFds?: number | undefined;
}

/** Connecting without blocking. */
export interface ConnectAsyncOptions extends ConnectOptions, WaitOptions {}

/** @throws SystemError EINVAL, EMSGSIZE */
export function checkPacket(bytes: Uint8Array, fds: readonly Descriptor[]): void {
  checkBytes('send', 'bytes', bytes);
  if (bytes.length > maxPacketSize) {
    throw systemError('EMSGSIZE', 'send', `${bytes.length} bytes (at most ${maxPacketSize})`);
  }
  if (!Array.isArray(fds)) throw invalidArgument('send', 'fds', fds, 'an array of descriptors');
  if (fds.length > maxPacketFds) {
    throw systemError('EINVAL', 'send', `${fds.length} descriptors (at most ${maxPacketFds})`);
  }
}

/** How many descriptors to take. @throws SystemError EINVAL */
export function checkRoom(buffer: Uint8Array, maxFds = 0): number {
  checkBytes('recv', 'bytes', buffer);
  checkInteger('recv', 'maxFds', maxFds, 0, maxPacketFds);
  return maxFds;
}
