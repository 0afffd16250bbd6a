/** Sends packets of any length with any descriptors: the runtime under test is not trusted with that. */
import { NativeBlock } from '../../../native/block.js';
import { lastErrno } from '../../../native/library.js';
import { iovec } from '../../../native/memory.js';
import {
  MSG_NOSIGNAL,
  SCM_MAX_FD,
  SCM_RIGHTS,
  SOL_SOCKET,
  cmsghdr,
  msghdr,
  sendmsg,
} from '../../../native/socket.js';
import type { Descriptor } from '../../../runtime/codec/index.js';
import { SystemError } from '../../../runtime/errors.js';

/** What fits into the default send buffer of a UNIX socket (212,992 bytes, with the kernel's own). */
const longestPacket = 200_000;

// Where everything lies in the block: all of it on boundaries of 8 bytes.
const vectorAt = msghdr.size;
const controlAt = vectorAt + iovec.size;
const dataAt = controlAt + ((cmsghdr.size + 4 * SCM_MAX_FD + 7) & ~7);

const block = new NativeBlock(dataAt + longestPacket);
const { view, address } = block;
const data = new Uint8Array(view.buffer, view.byteOffset + dataAt, longestPacket);

/** @throws SystemError whatever sendmsg says; RangeError for more than 200,000 bytes */
export function sendHandMade(
  socket: Descriptor,
  bytes: Uint8Array,
  fds: readonly Descriptor[],
): void {
  data.set(bytes);
  const control = fds.length === 0 ? 0 : cmsghdr.size + 4 * fds.length;
  view.setBigUint64(msghdr.msg_iov, BigInt(address + vectorAt), true);
  view.setBigUint64(msghdr.msg_iovlen, 1n, true);
  view.setBigUint64(msghdr.msg_control, control === 0 ? 0n : BigInt(address + controlAt), true);
  view.setBigUint64(msghdr.msg_controllen, BigInt(control), true);
  view.setBigUint64(vectorAt + iovec.iov_base, BigInt(address + dataAt), true);
  view.setBigUint64(vectorAt + iovec.iov_len, BigInt(bytes.length), true);
  view.setBigUint64(controlAt + cmsghdr.cmsg_len, BigInt(control), true);
  view.setInt32(controlAt + cmsghdr.cmsg_level, SOL_SOCKET, true);
  view.setInt32(controlAt + cmsghdr.cmsg_type, SCM_RIGHTS, true);
  for (const [index, { fd }] of fds.entries())
    view.setInt32(controlAt + cmsghdr.size + 4 * index, fd, true);
  if (sendmsg(socket.fd, address, MSG_NOSIGNAL) < 0)
    throw new SystemError(lastErrno(), 'send', 'a hand-made packet');
}
