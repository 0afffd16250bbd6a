/** UNIX sockets that keep the bounds of packets and carry descriptors. */
import { errno } from '../../native/errno.js';
import { lastErrno } from '../../native/library.js';
import {
  SHUT_RD,
  SHUT_RDWR,
  SHUT_WR,
  SO_ACCEPTCONN,
  SO_RCVTIMEO,
  SO_SNDTIMEO,
  SOCK_CLOEXEC,
  accept4,
  listen,
  shutdown,
} from '../../native/socket.js';
import { type Descriptor, noDescriptors } from '../codec/index.js';
import { OwnedFd, own } from '../descriptors/owned-fd.js';
import { SystemError, systemError } from '../errors.js';
import { eventLoop } from '../events/event-loop.js';
import { type WaitOptions, checkTimeout, longestTimeout } from '../events/patience.js';
import { WaitingLine } from '../events/waiting-line.js';
import { shareKind } from '../kind.js';
import { checkInteger, invalidArgument } from '../arguments.js';
import {
  type BindOptions,
  type ConnectAsyncOptions,
  type ConnectOptions,
  type ListenOptions,
  type Received,
  type RecvAsyncOptions,
  type RecvOptions,
  type SendOptions,
  checkPacket,
  checkRoom,
} from './arguments.js';
import { callAgain } from './interrupted.js';
import { isReadable, openPair } from './open-socket.js';
import {
  type Opened,
  openBound,
  openConnected,
  openConnectedAsync,
  receiveCredentials,
} from './opening.js';
import { type Credentials, maxPacketSize, packetBlock } from './packet-block.js';
import {
  type PacketSocket,
  receivePacket,
  sendPacket,
  tryReceivePacket,
  trySendPacket,
} from './packets.js';
import type { SocketFile } from './socket-file.js';
import {
  type SocketType,
  getNumber,
  localAddress,
  passesCredentials,
  peerAddress,
  peerCredentials,
  setTimeLimit,
  shortestTimeLimit,
  socketType,
} from './socket-options.js';
import { type AddressLike, UnixAddress } from './unix-address.js';

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
  static {
    shareKind(this, 'FdSocket');
  }

  readonly #owned: OwnedFd;
  readonly #file: SocketFile | undefined;
  readonly type: SocketType;
  /** Whether each packet brings its sender's credentials. */
  readonly receivesCredentials: boolean;
  #receiveTimeoutMs: number | undefined;
  #sendTimeoutMs: number | undefined;
  /** What SO_RCVTIMEO was last set to, in microseconds: 0 waits for ever. */
  #receiveLimit: number | undefined;
  #readers: WaitingLine | undefined;
  #writers: WaitingLine | undefined;

  private constructor(opened: Opened) {
    this.#owned = opened.owned;
    this.#file = opened.file;
    this.type = opened.type;
    this.receivesCredentials = opened.credentials;
  }

  /** Two connected sockets, as `socketPair`. */
  static pair(type: SocketType = 'datagram'): [FdSocket, FdSocket] {
    const [left, right] = openPair(type);
    return [
      new FdSocket({ owned: left, type, credentials: false }),
      new FdSocket({ owned: right, type, credentials: false }),
    ];
  }

  /**
   * A socket under a name, to receive datagrams from anyone who may open it. Without an address it
   * gets an automatic one. A file that a dead server left behind is replaced; the socket's own is
   * removed when it closes and when the process exits.
   *
   * @throws SystemError EADDRINUSE if the name is taken, EACCES, ENOENT, ENAMETOOLONG, EINVAL
   */
  static bind(address?: AddressLike, options: BindOptions = {}): FdSocket {
    const { type = 'datagram' } = options;
    return new FdSocket(openBound(address, type, options, () => undefined));
  }

  /**
   * A seqpacket socket that accepts connections under a name. As `bind` otherwise.
   *
   * @throws SystemError EADDRINUSE if the name is taken, EACCES, ENOENT, ENAMETOOLONG, EINVAL
   */
  static listen(address?: AddressLike, options: ListenOptions = {}): FdSocket {
    const backlog = options.backlog ?? 128;
    checkInteger('listen', 'backlog', backlog, 0, longestTimeout);
    const { type = 'seqpacket' } = options;
    const opened = openBound(address, type, options, (owned) => {
      if (listen(owned.fd, backlog) < 0) throw new SystemError(lastErrno(), 'listen', owned.what);
    });
    return new FdSocket(opened);
  }

  /**
   * A socket connected to a name; seqpacket unless told otherwise.
   *
   * @throws SystemError ECONNREFUSED (nobody listens), ENOENT, EACCES, EPROTOTYPE (a socket of the
   *   other type), ETIMEDOUT, ENAMETOOLONG, EINVAL
   */
  static connect(address: AddressLike, options: ConnectOptions = {}): FdSocket {
    return new FdSocket(openConnected(address, options));
  }

  /** The same, without blocking. */
  static async connectAsync(
    address: AddressLike,
    options: ConnectAsyncOptions = {},
  ): Promise<FdSocket> {
    return new FdSocket(await openConnectedAsync(address, options));
  }

  /**
   * A socket that was opened elsewhere: the descriptor is taken, unless this throws.
   *
   * @throws SystemError ENOTSOCK, EAFNOSUPPORT, ESOCKTNOSUPPORT
   */
  static fromFd(owned: OwnedFd): FdSocket {
    if (!(owned instanceof OwnedFd)) {
      throw invalidArgument('fromFd', 'descriptor', owned, 'an OwnedFd');
    }
    const { fd, what } = owned;
    const type = socketType(fd, what);
    const credentials = passesCredentials(fd, what);
    return new FdSocket({ owned: own(owned.take(), what), type, credentials });
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

  /**
   * Who opened the far end: known for connections and pairs, else undefined. The pid is 0 for a process
   * that this one's pid namespace does not show, such as one outside of a container.
   */
  get peerCredentials(): Credentials | undefined {
    return peerCredentials(this.fd, this.what);
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
    this.#limitReceive((receiveMs ?? 0) * 1000);
    this.#receiveTimeoutMs = receiveMs;
    setTimeLimit(this.fd, SO_SNDTIMEO, (sendMs ?? 0) * 1000, this.what);
    this.#sendTimeoutMs = sendMs;
  }

  #limitReceive(microseconds: number): void {
    if (this.#receiveLimit === microseconds) return;
    setTimeLimit(this.fd, SO_RCVTIMEO, microseconds, this.what);
    this.#receiveLimit = microseconds;
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

  /**
   * The same, without blocking; several wait in line. The bytes and the list are copied if they must
   * wait; the descriptors are the caller's to keep open until it resolves.
   *
   * @throws SystemError as `send`, ETIMEDOUT, ECANCELED (the socket was closed); the signal's reason
   */
  async sendAsync(
    bytes: Uint8Array,
    fds: readonly Descriptor[] = noDescriptors,
    options?: WaitOptions,
  ): Promise<void> {
    checkPacket(bytes, fds);
    let packet = bytes;
    let beside = fds;
    let isSent = false;
    const attempt = (): true | undefined => {
      packetBlock.outgoingBytes.set(packet);
      isSent = trySendPacket(this, packet.length, beside);
      return isSent || undefined;
    };
    this.#writers ??= new WaitingLine(this, 'writable', this.what);
    const sent = this.#writers.run('send', attempt, options);
    if (!isSent) {
      packet = bytes.slice();
      beside = fds.slice();
    }
    await sent;
  }

  /** The same as `send`, to a name; for datagram sockets. */
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

  /**
   * The same, without blocking; several wait in line.
   *
   * @throws SystemError as `recv`, ETIMEDOUT, ECANCELED (the socket was closed); the signal's reason
   */
  recvAsync(buffer: Uint8Array, options: RecvAsyncOptions = {}): Promise<Received> {
    const attempt = (): Received | undefined => {
      const room = checkRoom(buffer, options.maxFds);
      const length = tryReceivePacket(this, room);
      return length < 0 ? undefined : this.#received(length, buffer);
    };
    return this.#waitReadable('recv', attempt, options);
  }

  #waitReadable<T>(
    operation: string,
    attempt: () => T | undefined,
    options: WaitOptions,
  ): Promise<T> {
    this.#readers ??= new WaitingLine(this, 'readable', this.what);
    return this.#readers.run(operation, attempt, options);
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
    this.#limitReceive((this.#receiveTimeoutMs ?? 0) * 1000);
    const fd = callAgain(() => this.#acceptOnce(), this.#receiveTimeoutMs);
    if (fd >= 0) return this.#accepted(fd);
    // Without a time-out: a descriptor from elsewhere that does not block.
    if (fd !== -errno.EAGAIN || this.#receiveTimeoutMs === undefined) {
      throw new SystemError(-fd, 'accept', this.what);
    }
    const within = `${this.what} within ${this.#receiveTimeoutMs} ms`;
    throw systemError('ETIMEDOUT', 'accept', within);
  }

  /**
   * The next connection if one waits, else undefined.
   *
   * accept knows no MSG_DONTWAIT: should another process take the connection in between, this waits
   * for one tick of the kernel's clock.
   */
  tryAccept(): FdSocket | undefined {
    if (!isReadable(this.fd)) return undefined;
    this.#limitReceive(shortestTimeLimit);
    const fd = callAgain(() => this.#acceptOnce(), undefined);
    if (fd >= 0) return this.#accepted(fd);
    if (fd === -errno.EAGAIN) return undefined;
    throw new SystemError(-fd, 'accept', this.what);
  }

  /** The same as `accept`, without blocking. @throws SystemError, ECANCELED (the socket was closed); the signal's reason */
  acceptAsync(options: WaitOptions = {}): Promise<FdSocket> {
    return this.#waitReadable('accept', () => this.tryAccept(), options);
  }

  /** A new descriptor, or the errno of the failure, negative. */
  #acceptOnce(): number {
    const fd = accept4(this.fd, 0, 0, SOCK_CLOEXEC);
    return fd >= 0 ? fd : -lastErrno();
  }

  #accepted(fd: number): FdSocket {
    const owned = own(fd, this.what);
    try {
      // Whether a connection inherits the option depends on the kernel's version.
      const credentials = receiveCredentials(owned, { credentials: this.receivesCredentials });
      return new FdSocket({ owned, type: this.type, credentials });
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

  /** Closes it, and removes its file; whoever waits is told ECANCELED. Closing twice does nothing. */
  close(): void {
    if (this.closed) return;
    eventLoop.release(this);
    // Whoever was told may have closed it already.
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
 *
 * @example
 * const [vmEnd, clientEnd] = socketPair('seqpacket');
 * clientEnd.close();
 * vmEnd.recv(new Uint8Array(24)).ended; // true
 */
export function socketPair(type: SocketType = 'datagram'): [FdSocket, FdSocket] {
  return FdSocket.pair(type);
}
