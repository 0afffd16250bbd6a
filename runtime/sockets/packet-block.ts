/**
 * One packet going out and one coming in: the native memory that the kernel reads and writes.
 *
 * There is one block for each thread, so that sending and receiving allocate nothing. Calls never
 * overlap on a thread: whoever receives takes what it needs before it gives up control.
 */
import { NativeBlock } from '../../native/block.js';
import { errno } from '../../native/errno.js';
import { lastErrno } from '../../native/library.js';
import { iovec } from '../../native/memory.js';
import {
  AF_UNIX,
  MSG_CMSG_CLOEXEC,
  MSG_CTRUNC,
  MSG_NOSIGNAL,
  MSG_TRUNC,
  SCM_CREDENTIALS,
  SCM_MAX_FD,
  SCM_PIDFD,
  SCM_RIGHTS,
  SOL_SOCKET,
  cmsghdr,
  msghdr,
  recvmsg,
  send,
  sendmsg,
  sockaddr_un,
  ucred,
} from '../../native/socket.js';
import type { Descriptor } from '../codec/index.js';
import { closeAll } from '../descriptors/close-all.js';
import { openNumber } from '../descriptors/open-number.js';
import { type OwnedFd, own } from '../descriptors/owned-fd.js';
import { UnixAddress, longestName } from './unix-address.js';

/** Who a process is, as the kernel vouches for it. */
export interface Credentials {
  readonly pid: number;
  readonly uid: number;
  readonly gid: number;
}

/** The largest packet that is sent or received whole, in bytes. */
export const maxPacketSize = 65_536;

/** The most descriptors that one packet carries. */
export const maxPacketFds = SCM_MAX_FD;

/** Bytes of a control message with `length` bytes of data, up to the next one (CMSG_SPACE). */
const controlSpace = (length: number): number => cmsghdr.size + ((length + 7) & ~7);
/** The same without the padding at its end (CMSG_LEN): room for exactly that much, and no more. */
const controlLength = (length: number): number => cmsghdr.size + length;

const credentialsSpace = controlSpace(ucred.size);
const mostControl = credentialsSpace + controlSpace(4 * maxPacketFds);

// Where everything lies in the block: all of it on boundaries of 8 bytes.
const sendHeader = 0;
const sendVector = sendHeader + msghdr.size;
const sendName = sendVector + iovec.size;
const sendControl = sendName + 112;
const datagramHeader = sendControl + mostControl;
const connectionHeader = datagramHeader + msghdr.size;
const receiveVector = connectionHeader + msghdr.size;
const receiveName = receiveVector + iovec.size;
const receiveControl = receiveName + 112;
const sendData = (receiveControl + mostControl + 63) & ~63;
const receiveData = sendData + maxPacketSize;

const sendFlags = MSG_NOSIGNAL;
// MSG_TRUNC on the way in: the kernel then tells the real length of a packet that was cut.
const receiveFlags = MSG_CMSG_CLOEXEC | MSG_TRUNC;

export class PacketBlock {
  /** Encode the packet to send at its start. */
  readonly outgoing: DataView;
  readonly outgoingBytes: Uint8Array;
  /** The packet that was received last, at its start. What lies behind it is older. */
  readonly incoming: DataView;
  readonly incomingBytes: Uint8Array;
  /** Descriptors that came with it, ours: take them out, or close them. */
  readonly fds: OwnedFd[] = [];
  /** Whether more descriptors came than there was room for: the kernel has closed those. */
  surplusFds = false;

  readonly #block = new NativeBlock(receiveData + maxPacketSize);
  readonly #view = this.#block.view;
  readonly #sendHeader = this.#block.address + sendHeader;
  readonly #sendData = this.#block.address + sendData;
  #credentialsAt = 0;
  /** The header that was received with last. */
  #receiveHeader = datagramHeader;

  constructor() {
    const { buffer } = this.#view;
    const base = this.#view.byteOffset;
    this.outgoing = new DataView(buffer, base + sendData, maxPacketSize);
    this.outgoingBytes = new Uint8Array(buffer, base + sendData, maxPacketSize);
    this.incoming = new DataView(buffer, base + receiveData, maxPacketSize);
    this.incomingBytes = new Uint8Array(buffer, base + receiveData, maxPacketSize);
    this.#prepare(sendHeader, sendVector, sendData, sendControl);
    this.#prepare(datagramHeader, receiveVector, receiveData, receiveControl);
    this.#prepare(connectionHeader, receiveVector, receiveData, receiveControl);
    this.#setAddress(datagramHeader + msghdr.msg_name, receiveName);
    this.#set32(receiveVector + iovec.iov_len, maxPacketSize);
    this.#set32(sendControl + cmsghdr.cmsg_level, SOL_SOCKET);
    this.#set32(sendControl + cmsghdr.cmsg_type, SCM_RIGHTS);
  }

  /**
   * Sends the first `length` bytes of `outgoing`, with copies of the descriptors.
   *
   * @returns the length, or the errno of the failure, negative: EINTR among them
   */
  send(fd: number, length: number, fds: readonly Descriptor[], flags: number): number {
    if (fds.length > 0) return this.#sendMessage(fd, length, fds, flags);
    const sent = send(fd, this.#sendData, length, sendFlags | flags);
    return sent >= 0 ? sent : -lastErrno();
  }

  /** The same, to a name rather than to the far end of a connection. */
  sendTo(
    fd: number,
    address: UnixAddress,
    length: number,
    fds: readonly Descriptor[],
    flags: number,
  ): number {
    this.#setAddress(sendHeader + msghdr.msg_name, sendName);
    this.#set32(sendHeader + msghdr.msg_namelen, this.#writeName(address));
    try {
      return this.#sendMessage(fd, length, fds, flags);
    } finally {
      this.#view.setBigUint64(sendHeader + msghdr.msg_name, 0n, true);
      this.#set32(sendHeader + msghdr.msg_namelen, 0);
    }
  }

  #sendMessage(fd: number, length: number, fds: readonly Descriptor[], flags: number): number {
    // Once: a list of the caller's may grow while its descriptors tell their numbers.
    const count = fds.length;
    // As the kernel says; there is no room for more before the headers of receiving.
    if (count > maxPacketFds) return -errno.EINVAL;
    let control = 0;
    if (count > 0) {
      this.#set32(sendControl + cmsghdr.cmsg_len, controlLength(4 * count));
      const numbers = sendControl + cmsghdr.size;
      for (let index = 0; index < count; index++) {
        this.#set32(numbers + 4 * index, openNumber('send', fds[index]));
      }
      control = controlSpace(4 * count);
    }
    this.#set32(sendHeader + msghdr.msg_controllen, control);
    this.#set32(sendVector + iovec.iov_len, length);
    const sent = sendmsg(fd, this.#sendHeader, sendFlags | flags);
    return sent >= 0 ? sent : -lastErrno();
  }

  /**
   * Receives one packet into `incoming` and `fds`.
   *
   * @param room how many descriptors to take, 0 to 253; the kernel closes those that are over
   * @param credentials whether the socket has SO_PASSCRED, so that they come first
   * @param named whether to ask for the sender's name: connections need none, and it costs time
   * @returns the packet's real length, also if it was cut to `maxPacketSize`; or the errno of the
   *   failure, negative: EINTR among them. EMFILE if the descriptors did not all fit into this
   *   process: the packet is lost, and those that did are in `fds`, for the caller to close.
   */
  receive(fd: number, room: number, credentials: boolean, named: boolean, flags: number): number {
    if (this.fds.length > 0) closeAll(this.fds);
    const control = (room > 0 ? controlLength(4 * room) : 0) + (credentials ? credentialsSpace : 0);
    const header = named ? datagramHeader : connectionHeader;
    this.#receiveHeader = header;
    this.#set32(header + msghdr.msg_controllen, control);
    if (named) this.#set32(header + msghdr.msg_namelen, sockaddr_un.size);
    const length = recvmsg(fd, this.#block.address + header, receiveFlags | flags);
    return length >= 0 ? this.#takeControl(length, room) : -lastErrno();
  }

  /** Owns every descriptor at once; only then looks at whether all is well. */
  #takeControl(length: number, room: number): number {
    const end = receiveControl + this.#get32(this.#receiveHeader + msghdr.msg_controllen);
    const cut = (this.#get32(this.#receiveHeader + msghdr.msg_flags) & MSG_CTRUNC) !== 0;
    this.#credentialsAt = 0;
    let at = receiveControl;
    while (at + cmsghdr.size <= end) {
      const size = this.#get32(at + cmsghdr.cmsg_len);
      if (size < cmsghdr.size) break;
      this.#takeMessage(at, Math.min(at + size, end));
      at += controlSpace(size - cmsghdr.size);
    }
    this.surplusFds = cut && this.fds.length >= room;
    if (!cut || this.surplusFds) return length;
    return -errno.EMFILE;
  }

  #takeMessage(at: number, end: number): void {
    if (this.#get32(at + cmsghdr.cmsg_level) !== SOL_SOCKET) return;
    const type = this.#get32(at + cmsghdr.cmsg_type);
    const data = at + cmsghdr.size;
    if (type === SCM_CREDENTIALS) this.#credentialsAt = data;
    // Whoever shares the socket can set SO_PASSPIDFD: that descriptor is ours as well.
    if (type === SCM_PIDFD) own(this.#get32(data), 'received pidfd').close();
    if (type !== SCM_RIGHTS) return;
    for (let next = data; next + 4 <= end; next += 4) {
      this.fds.push(own(this.#get32(next), 'received descriptor'));
    }
  }

  /** Who sent the packet that was received last, if its socket has SO_PASSCRED. */
  get credentials(): Credentials | undefined {
    const at = this.#credentialsAt;
    if (at === 0) return undefined;
    return {
      pid: this.#get32(at + ucred.pid),
      uid: this.#view.getUint32(at + ucred.uid, true),
      gid: this.#view.getUint32(at + ucred.gid, true),
    };
  }

  /** The name of the socket that sent it, if it was asked for. */
  get sender(): UnixAddress {
    const length = this.#get32(this.#receiveHeader + msghdr.msg_namelen) - sockaddr_un.sun_path;
    if (length <= 0) return UnixAddress.unnamed;
    const start = receiveName + sockaddr_un.sun_path;
    // The kernel counts a terminating zero behind a path of full length, which it does not give.
    const end = start + Math.min(length, longestName);
    return UnixAddress.received(this.#block.bytes.subarray(start, end));
  }

  #writeName(address: UnixAddress): number {
    this.#view.setUint16(sendName + sockaddr_un.sun_family, AF_UNIX, true);
    this.#block.bytes.set(address.bytes, sendName + sockaddr_un.sun_path);
    return sockaddr_un.sun_path + address.bytes.length;
  }

  #prepare(header: number, vector: number, data: number, control: number): void {
    this.#setAddress(header + msghdr.msg_iov, vector);
    this.#set32(header + msghdr.msg_iovlen, 1);
    this.#setAddress(header + msghdr.msg_control, control);
    this.#setAddress(vector + iovec.iov_base, data);
  }

  #setAddress(at: number, target: number): void {
    this.#view.setBigUint64(at, BigInt(this.#block.address + target), true);
  }

  /** The lower half of a member of 8 bytes too: the upper half stays zero. */
  #set32(at: number, value: number): void {
    this.#view.setInt32(at, value, true);
  }

  #get32(at: number): number {
    return this.#view.getInt32(at, true);
  }
}

/** This thread's block. */
export const packetBlock = new PacketBlock();
