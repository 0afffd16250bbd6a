/** UNIX sockets that keep the bounds of packets and carry descriptors. */
import { errno } from '../../native/errno.js';
import { lastErrno } from '../../native/library.js';
import {
  SHUT_RD,
  SHUT_RDWR,
  SHUT_WR,
  SO_ACCEPTCONN,
  SO_PASSCRED,
  SO_RCVTIMEO,
  SO_SNDTIMEO,
  SOCK_CLOEXEC,
  accept4,
  listen,
  shutdown,
} from '../../native/socket.js';
import { type Descriptor, noDescriptors } from '../codec/index.js';
import { OwnedFd } from '../descriptors/owned-fd.js';
import { SystemError, systemError } from '../errors.js';
import { checkInteger, invalidArgument } from '../memory/arguments.js';
import { bindTo, connectTo, openPair, openSocket, probe } from './open-socket.js';
import { type Credentials, maxPacketFds, maxPacketSize, packetBlock } from './packet-block.js';
import {
  type PacketSocket,
  receivePacket,
  sendPacket,
  tryReceivePacket,
  trySendPacket,
} from './packets.js';
import { type FileAccess, SocketFile } from './socket-file.js';
import {
  type SocketType,
  getNumber,
  localAddress,
  passesCredentials,
  peerAddress,
  peerCredentials,
  setNumber,
  setTimeout,
  socketType,
} from './socket-options.js';
import { type AddressLike, UnixAddress } from './unix-address.js';

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
  /** Who sent it, to be answered with `sendTo`; `unnamed` can't be answered. */
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

const longestTimeout = 2 ** 31 - 1;

/**
 * A UNIX socket of packets: datagram or seqpacket. Every call blocks; those that end in `Async` do not.
 *
 * Descriptors that are sent stay with the caller, the receiver gets copies. Descriptors that are
 * received are close-on-exec and belong to whoever called.
 *
 * @example
 * const [left, right] = socketPair();
 * left.send(Buffer.from('hello'));
 * const buffer = new Uint8Array(24);
 * right.recv(buffer).length; // 5
 */
export class FdSocket implements PacketSocket, Disposable {
  readonly #owned: OwnedFd;
  readonly type: SocketType;
  /** Whether each packet brings its sender's credentials. */
  readonly receivesCredentials: boolean;
  readonly #file: SocketFile | undefined;
  #receiveTimeoutMs: number | undefined;
  #sendTimeoutMs: number | undefined;

  private constructor(
    owned: OwnedFd,
    type: SocketType,
    receivesCredentials: boolean,
    file?: SocketFile,
  ) {
    this.#owned = owned;
    this.type = type;
    this.receivesCredentials = receivesCredentials;
    this.#file = file;
  }

  /** Two connected sockets, as `socketPair`. */
  static pair(type: SocketType = 'datagram'): [FdSocket, FdSocket] {
    const [left, right] = openPair(type);
    return [new FdSocket(left, type, false), new FdSocket(right, type, false)];
  }

  /**
   * A socket under a name, to receive datagrams from anyone who may open it. Without an address it
   * gets an automatic one. A file that a dead server left behind is replaced; the socket's own is
   * removed when it closes and when the process exits.
   *
   * @throws SystemError EADDRINUSE if the name is taken, EACCES, ENOENT, ENAMETOOLONG, EINVAL
   */
  static bind(address?: AddressLike, options: BindOptions = {}): FdSocket {
    return FdSocket.#bound(address, options.type ?? 'datagram', options, () => undefined);
  }

  /**
   * A seqpacket socket that accepts connections under a name. As `bind` otherwise.
   *
   * @throws SystemError EADDRINUSE if the name is taken, EACCES, ENOENT, ENAMETOOLONG, EINVAL
   */
  static listen(address?: AddressLike, options: ListenOptions = {}): FdSocket {
    const backlog = options.backlog ?? 128;
    checkInteger('listen', 'backlog', backlog, 0, longestTimeout);
    return FdSocket.#bound(address, options.type ?? 'seqpacket', options, (owned) => {
      if (listen(owned.fd, backlog) < 0) throw new SystemError(lastErrno(), 'listen', owned.what);
    });
  }

  static #bound(
    like: AddressLike | undefined,
    type: SocketType,
    options: BindOptions,
    ready: (owned: OwnedFd) => void,
  ): FdSocket {
    const address = like === undefined ? UnixAddress.unnamed : UnixAddress.from(like);
    const owned = openSocket(type, `socket bound to ${address.toString()}`);
    try {
      const credentials = receiveCredentials(owned, options);
      const { path } = address;
      if (path !== undefined) {
        const binder = {
          fd: owned.fd,
          bind: () => bindTo(owned.fd, address),
          probe: () => probe(address),
        };
        const file = SocketFile.bind(path, binder, options.access ?? {}, () => ready(owned));
        return new FdSocket(owned, type, credentials, file);
      }
      const failure = bindTo(owned.fd, address);
      if (failure !== 0) throw new SystemError(failure, 'bind', address.toString());
      ready(owned);
      return new FdSocket(owned, type, credentials);
    } catch (error) {
      owned.close();
      throw error;
    }
  }

  /**
   * A socket connected to a name; seqpacket unless told otherwise.
   *
   * @throws SystemError ECONNREFUSED (nobody listens), ENOENT, EACCES, EPROTOTYPE (a socket of the
   *   other type), ETIMEDOUT, ENAMETOOLONG, EINVAL
   */
  static connect(like: AddressLike, options: ConnectOptions = {}): FdSocket {
    const address = UnixAddress.from(like);
    const type = options.type ?? 'seqpacket';
    const { timeoutMs } = options;
    checkTimeout('connect', timeoutMs);
    const owned = openSocket(type, `socket connected to ${address.toString()}`);
    try {
      const credentials = receiveCredentials(owned, options);
      if (timeoutMs !== undefined) {
        setTimeout(owned.fd, SO_SNDTIMEO, timeoutMs * 1000, owned.what);
      }
      const failure = connectTo(owned.fd, address);
      if (failure === errno.EAGAIN) {
        throw systemError('ETIMEDOUT', 'connect', `${address.toString()} within ${timeoutMs} ms`);
      }
      if (failure !== 0) throw new SystemError(failure, 'connect', address.toString());
      if (timeoutMs !== undefined) setTimeout(owned.fd, SO_SNDTIMEO, 0, owned.what);
      if (options.autobind === true) {
        const refused = bindTo(owned.fd, UnixAddress.unnamed);
        if (refused !== 0) throw new SystemError(refused, 'bind', 'an automatic name');
      }
      return new FdSocket(owned, type, credentials);
    } catch (error) {
      owned.close();
      throw error;
    }
  }

  /**
   * A socket that was opened elsewhere: the descriptor is taken, unless this throws.
   *
   * @throws SystemError ENOTSOCK, EAFNOSUPPORT, ESOCKTNOSUPPORT
   */
  static fromFd(owned: OwnedFd): FdSocket {
    const { fd, what } = owned;
    const type = socketType(fd, what);
    const credentials = passesCredentials(fd, what);
    return new FdSocket(OwnedFd.adopt(owned.take(), what), type, credentials);
  }

  /** The number, borrowed. @throws SystemError EBADF once the socket is closed */
  get fd(): number {
    return this.#owned.fd;
  }

  /** What it is, for error messages. */
  get what(): string {
    return this.#owned.what;
  }

  get closed(): boolean {
    return this.#owned.closed;
  }

  /** Whether it accepts connections. */
  get listening(): boolean {
    return getNumber(this.fd, SO_ACCEPTCONN, this.what) !== 0;
  }

  /** The socket's own name. */
  get localAddress(): UnixAddress {
    return localAddress(this.fd, this.what);
  }

  /** The name of the far end. @throws SystemError ENOTCONN */
  get peerAddress(): UnixAddress {
    return peerAddress(this.fd, this.what);
  }

  /** Who opened the far end: known for connections and pairs, else undefined. */
  get peerCredentials(): Credentials | undefined {
    const credentials = peerCredentials(this.fd, this.what);
    return credentials.pid === 0 ? undefined : credentials;
  }

  get receiveTimeoutMs(): number | undefined {
    return this.#receiveTimeoutMs;
  }

  get sendTimeoutMs(): number | undefined {
    return this.#sendTimeoutMs;
  }

  /**
   * How long `recv` and `accept` wait, and how long `send` does, before they throw ETIMEDOUT; without
   * a value they wait for ever. The kernel counts in ticks of some milliseconds, upwards.
   */
  setTimeouts(timeouts: {
    readonly receiveMs?: number | undefined;
    readonly sendMs?: number | undefined;
  }): void {
    const { receiveMs, sendMs } = timeouts;
    checkTimeout('setTimeouts', receiveMs);
    checkTimeout('setTimeouts', sendMs);
    setTimeout(this.fd, SO_RCVTIMEO, (receiveMs ?? 0) * 1000, this.what);
    this.#receiveTimeoutMs = receiveMs;
    setTimeout(this.fd, SO_SNDTIMEO, (sendMs ?? 0) * 1000, this.what);
    this.#sendTimeoutMs = sendMs;
  }

  /**
   * Sends one packet, with copies of the descriptors beside it.
   *
   * @throws SystemError EPIPE or ECONNREFUSED (the far end is gone), ENOTCONN, EMSGSIZE, ETIMEDOUT,
   *   EAGAIN (with `dontWait`), EINVAL (254 descriptors), EBADF (one of them is closed)
   */
  send(bytes: Uint8Array, fds: readonly Descriptor[] = noDescriptors, options?: SendOptions): void {
    this.#send(bytes, fds, undefined, options);
  }

  /** The same, to a name; for datagram sockets. */
  sendTo(
    address: AddressLike,
    bytes: Uint8Array,
    fds: readonly Descriptor[] = noDescriptors,
    options?: SendOptions,
  ): void {
    this.#send(bytes, fds, UnixAddress.from(address), options);
  }

  #send(
    bytes: Uint8Array,
    fds: readonly Descriptor[],
    address: UnixAddress | undefined,
    options: SendOptions | undefined,
  ): void {
    checkPacket(bytes, fds);
    packetBlock.outgoingBytes.set(bytes);
    if (options?.dontWait !== true) {
      sendPacket(this, bytes.length, fds, address);
    } else if (!trySendPacket(this, bytes.length, fds, address)) {
      throw systemError('EAGAIN', 'send', this.what);
    }
  }

  /**
   * Receives one packet into the buffer.
   *
   * @throws SystemError ETIMEDOUT, EAGAIN (with `dontWait`), ECONNRESET, ENOTCONN, EMFILE (its
   *   descriptors did not fit into this process: the packet is lost, nothing stays open)
   */
  recv(buffer: Uint8Array, options: RecvOptions = {}): Received {
    const room = checkRoom(buffer, options.maxFds);
    if (options.dontWait !== true) return this.#received(receivePacket(this, room), buffer);
    const length = tryReceivePacket(this, room);
    if (length < 0) throw systemError('EAGAIN', 'recv', this.what);
    return this.#received(length, buffer);
  }

  #received(length: number, buffer: Uint8Array): Received {
    const fds = packetBlock.fds.splice(0);
    const kept = Math.min(length, buffer.length, maxPacketSize);
    // Nothing may throw here: a detached buffer has no bytes.
    if (kept > 0) buffer.set(packetBlock.incomingBytes.subarray(0, kept));
    return {
      length,
      fds,
      truncated: kept < length,
      surplusFds: packetBlock.surplusFds,
      ended: length === 0 && fds.length === 0 && this.type === 'seqpacket',
      sender: packetBlock.sender,
      credentials: packetBlock.credentials,
    };
  }

  /** The next connection to this listening socket. @throws SystemError ETIMEDOUT, EINVAL (it does not listen), EMFILE */
  accept(): FdSocket {
    for (;;) {
      const fd = accept4(this.fd, 0, 0, SOCK_CLOEXEC);
      if (fd >= 0) return this.#accepted(fd);
      const failure = lastErrno();
      if (failure === errno.EINTR) continue;
      if (failure === errno.EAGAIN && this.#receiveTimeoutMs !== undefined) {
        const within = `${this.what} within ${this.#receiveTimeoutMs} ms`;
        throw systemError('ETIMEDOUT', 'accept', within);
      }
      throw new SystemError(failure, 'accept', this.what);
    }
  }

  #accepted(fd: number): FdSocket {
    const owned = OwnedFd.adopt(fd, this.what);
    try {
      // Whether a connection inherits the option depends on the kernel's version.
      const credentials = receiveCredentials(owned, { credentials: this.receivesCredentials });
      return new FdSocket(owned, this.type, credentials);
    } catch (error) {
      owned.close();
      throw error;
    }
  }

  /** Ends one direction or both: reads see the end, writes of the far end EPIPE. @throws SystemError ENOTCONN */
  shutdown(direction: 'read' | 'write' | 'both' = 'both'): void {
    const how: unknown = directions[direction];
    if (typeof how !== 'number')
      throw invalidArgument('shutdown', 'direction', direction, 'read, write or both');
    if (shutdown(this.fd, how) < 0) throw new SystemError(lastErrno(), 'shutdown', this.what);
  }

  /** Closes it, and removes its file. Closing twice does nothing. */
  close(): void {
    if (this.closed) return;
    this.#file?.remove();
    this.#owned.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

const directions = { read: SHUT_RD, write: SHUT_WR, both: SHUT_RDWR } as const;

/**
 * Two connected sockets, datagram unless told otherwise, as in the reference.
 *
 * @throws SystemError EMFILE, ENFILE
 */
export function socketPair(type: SocketType = 'datagram'): [FdSocket, FdSocket] {
  return FdSocket.pair(type);
}

/** Before bind or connect: a packet that comes earlier would have no credentials. */
function receiveCredentials(owned: OwnedFd, options: SocketOptions): boolean {
  if (options.credentials !== true) return false;
  setNumber(owned.fd, SO_PASSCRED, 1, owned.what);
  return true;
}

function checkTimeout(operation: string, milliseconds: number | undefined): void {
  if (milliseconds === undefined) return;
  checkInteger(operation, 'milliseconds', milliseconds, 1, longestTimeout);
}

function checkPacket(bytes: Uint8Array, fds: readonly Descriptor[]): void {
  checkBytes('send', bytes);
  if (bytes.length > maxPacketSize) {
    throw systemError('EMSGSIZE', 'send', `${bytes.length} bytes (at most ${maxPacketSize})`);
  }
  if (!Array.isArray(fds)) throw invalidArgument('send', 'fds', fds, 'an array of descriptors');
  if (fds.length > maxPacketFds) {
    throw systemError('EINVAL', 'send', `${fds.length} descriptors (at most ${maxPacketFds})`);
  }
}

function checkRoom(buffer: Uint8Array, maxFds = 0): number {
  checkBytes('recv', buffer);
  checkInteger('recv', 'maxFds', maxFds, 0, maxPacketFds);
  return maxFds;
}

function checkBytes(operation: string, bytes: Uint8Array): void {
  if (bytes instanceof Uint8Array) return;
  throw invalidArgument(operation, 'bytes', bytes, 'a Uint8Array');
}
