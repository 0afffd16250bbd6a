/** Making sockets, and giving them names: the calls that take an address. */
import { NativeBlock } from '../../native/block.js';
import { lastErrno } from '../../native/library.js';
import {
  AF_UNIX,
  SOCK_CLOEXEC,
  POLLIN,
  POLLRDHUP,
  SOCK_DGRAM,
  bind,
  connect,
  poll,
  pollfd,
  sockaddr_un,
  socket,
  socketpair,
} from '../../native/socket.js';
import { type OwnedFd, own } from '../descriptors/owned-fd.js';
import { SystemError, systemError } from '../errors.js';
import { type SocketType, socketTypes } from './socket-options.js';
import type { UnixAddress } from './unix-address.js';

const block = new NativeBlock(112);

function typeNumber(type: SocketType): number {
  const number: unknown = Object.hasOwn(socketTypes, type) ? socketTypes[type] : undefined;
  if (typeof number === 'number') return number;
  throw systemError('EINVAL', 'socket', `type ${String(type)} (must be datagram or seqpacket)`);
}

/** @throws SystemError EINVAL, EMFILE, ENFILE */
export function openSocket(type: SocketType, what: string): OwnedFd {
  const fd = socket(AF_UNIX, typeNumber(type) | SOCK_CLOEXEC, 0);
  if (fd < 0) throw new SystemError(lastErrno(), 'socket', what);
  return own(fd, what);
}

/** @throws SystemError EINVAL, EMFILE, ENFILE */
export function openPair(type: SocketType): [OwnedFd, OwnedFd] {
  const failed = socketpair(AF_UNIX, typeNumber(type) | SOCK_CLOEXEC, 0, block.address) < 0;
  if (failed) throw new SystemError(lastErrno(), 'socketpair', type);
  const name = `end of a ${type} pair`;
  return [own(block.view.getInt32(0, true), name), own(block.view.getInt32(4, true), name)];
}

/** Writes the name into the block; returns its length. */
function writeName(address: UnixAddress): number {
  block.view.setUint16(sockaddr_un.sun_family, AF_UNIX, true);
  block.bytes.set(address.bytes, sockaddr_un.sun_path);
  return sockaddr_un.sun_path + address.bytes.length;
}

/** Binds to a name, or to an automatic one if it is unnamed. Returns 0 or an errno. */
export function bindTo(fd: number, address: UnixAddress): number {
  const length = writeName(address);
  return bind(fd, block.address, length) < 0 ? lastErrno() : 0;
}

/** Returns 0 or an errno. EAGAIN if the listener's backlog is full and the socket's patience is at its end; EINTR. */
export function connectTo(fd: number, address: UnixAddress): number {
  const length = writeName(address);
  return connect(fd, block.address, length) === 0 ? 0 : lastErrno();
}

/** What a new datagram socket is told when it connects: ECONNREFUSED if nothing is bound to the name. */
export function probe(address: UnixAddress): number {
  using prober = own(
    socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0),
    `probe of ${address.toString()}`,
  );
  return prober.closed ? lastErrno() : connectTo(prober.fd, address);
}

/** Whether a descriptor is readable now, or its next call would fail at once. */
export function isReadable(fd: number): boolean {
  return pollOne(fd, POLLIN) !== 0;
}

/** Whether reading from a socket was shut down: a datagram socket is readable for ever then, and empty. */
export function isShutDown(fd: number): boolean {
  const answer = pollOne(fd, POLLRDHUP);
  return answer > 0 && (block.view.getInt16(pollfd.revents, true) & POLLRDHUP) !== 0;
}

function pollOne(fd: number, events: number): number {
  block.view.setInt32(pollfd.fd, fd, true);
  block.view.setInt16(pollfd.events, events, true);
  return poll(block.address, 1, 0);
}
