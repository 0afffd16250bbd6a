/** What sockets are asked and told: type, timeouts, credentials, names. */
import { NativeBlock } from '../../native/block.js';
import { lastErrno } from '../../native/library.js';
import {
  AF_UNIX,
  SOL_SOCKET,
  SO_DOMAIN,
  SO_PASSCRED,
  SO_PEERCRED,
  SO_TYPE,
  SOCK_DGRAM,
  SOCK_SEQPACKET,
  getpeername,
  getsockname,
  getsockopt,
  setsockopt,
  sockaddr_un,
  timeval,
  ucred,
} from '../../native/socket.js';
import { SystemError, systemError } from '../errors.js';
import type { Credentials } from './packet-block.js';
import { UnixAddress } from './unix-address.js';

/** `datagram`: packets without a connection. `seqpacket`: packets on a connection that has an end. */
export type SocketType = 'datagram' | 'seqpacket';

/** The kernel's number of each type. */
export const socketTypes = { datagram: SOCK_DGRAM, seqpacket: SOCK_SEQPACKET } as const;

/** The value at 0, its length at 112. */
const block = new NativeBlock(120);
const lengthAt = 112;

function get(fd: number, option: number, size: number, what: string): DataView {
  block.view.setInt32(lengthAt, size, true);
  if (getsockopt(fd, SOL_SOCKET, option, block.address, block.address + lengthAt) < 0) {
    throw new SystemError(lastErrno(), 'getsockopt', what);
  }
  return block.view;
}

function set(fd: number, option: number, size: number, what: string): void {
  if (setsockopt(fd, SOL_SOCKET, option, block.address, size) < 0) {
    throw new SystemError(lastErrno(), 'setsockopt', what);
  }
}

/** A number that an option holds. @throws SystemError ENOTSOCK, EBADF */
export function getNumber(fd: number, option: number, what: string): number {
  return get(fd, option, 4, what).getInt32(0, true);
}

/** @throws SystemError */
export function setNumber(fd: number, option: number, value: number, what: string): void {
  block.view.setInt32(0, value, true);
  set(fd, option, 4, what);
}

/** The type of a UNIX socket that was opened elsewhere. @throws SystemError ENOTSOCK, EAFNOSUPPORT, ESOCKTNOSUPPORT */
export function socketType(fd: number, what: string): SocketType {
  if (getNumber(fd, SO_DOMAIN, what) !== AF_UNIX) {
    throw systemError('EAFNOSUPPORT', 'adopt', `${what}: not a UNIX socket`);
  }
  const type = getNumber(fd, SO_TYPE, what);
  if (type === SOCK_DGRAM) return 'datagram';
  if (type === SOCK_SEQPACKET) return 'seqpacket';
  throw systemError('ESOCKTNOSUPPORT', 'adopt', `${what}: neither datagram nor seqpacket`);
}

/** Whether credentials come with each packet. */
export function passesCredentials(fd: number, what: string): boolean {
  return getNumber(fd, SO_PASSCRED, what) !== 0;
}

/** The shortest time limit, in microseconds: the kernel rounds it up to one tick. */
export const shortestTimeLimit = 1;

/** Sets SO_RCVTIMEO or SO_SNDTIMEO; 0 waits for ever. */
export function setTimeLimit(fd: number, option: number, microseconds: number, what: string): void {
  const seconds = Math.floor(microseconds / 1_000_000);
  block.view.setBigInt64(timeval.tv_sec, BigInt(seconds), true);
  block.view.setBigInt64(timeval.tv_usec, BigInt(microseconds - seconds * 1_000_000), true);
  set(fd, option, timeval.size, what);
}

/** What the kernel answers for the uid of nobody: no user has it (chown(2)). */
const noUid = 0xffff_ffff;

/** Who made the far end of a connection, or undefined for a datagram socket, which has no far end. */
export function peerCredentials(fd: number, what: string): Credentials | undefined {
  const view = get(fd, SO_PEERCRED, ucred.size, what);
  const uid = view.getUint32(ucred.uid, true);
  if (uid === noUid) return undefined;
  return { pid: view.getInt32(ucred.pid, true), uid, gid: view.getUint32(ucred.gid, true) };
}

function name(call: typeof getsockname, operation: string, fd: number, what: string): UnixAddress {
  block.view.setInt32(lengthAt, sockaddr_un.size, true);
  if (call(fd, block.address, block.address + lengthAt) < 0) {
    throw new SystemError(lastErrno(), operation, what);
  }
  const length = Math.min(block.view.getInt32(lengthAt, true), sockaddr_un.size);
  return UnixAddress.received(block.bytes.subarray(sockaddr_un.sun_path, length));
}

/** The name that a socket has. */
export function localAddress(fd: number, what: string): UnixAddress {
  return name(getsockname, 'getsockname', fd, what);
}

/** The name that its far end has. @throws SystemError ENOTCONN */
export function peerAddress(fd: number, what: string): UnixAddress {
  return name(getpeername, 'getpeername', fd, what);
}
