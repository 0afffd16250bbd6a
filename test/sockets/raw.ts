/** sendmsg with any control messages, as a peer might that is not ours. */
import { NativeBlock } from '../../native/block.js';
import { lastErrno } from '../../native/library.js';
import { iovec } from '../../native/memory.js';
import { SOL_SOCKET, cmsghdr, msghdr, sendmsg } from '../../native/socket.js';

/** One control message: its type, and its data as 32-bit numbers. */
export interface Control {
  readonly type: number;
  readonly data: readonly number[];
}

const data = 128;
const control = 256;

/** Sends bytes with control messages, one behind the other. Returns 0 or an errno. */
export function sendRaw(fd: number, bytes: Uint8Array, controls: readonly Control[]): number {
  const block = new NativeBlock(8192);
  const { view, address } = block;
  let at = control;
  for (const { type, data: numbers } of controls) {
    const length = cmsghdr.size + 4 * numbers.length;
    view.setBigUint64(at + cmsghdr.cmsg_len, BigInt(length), true);
    view.setInt32(at + cmsghdr.cmsg_level, SOL_SOCKET, true);
    view.setInt32(at + cmsghdr.cmsg_type, type, true);
    numbers.forEach((number, index) => view.setInt32(at + cmsghdr.size + 4 * index, number, true));
    at += (length + 7) & ~7;
  }
  block.bytes.set(bytes, data);
  view.setBigUint64(64 + iovec.iov_base, BigInt(address + data), true);
  view.setBigUint64(64 + iovec.iov_len, BigInt(bytes.length), true);
  view.setBigUint64(msghdr.msg_iov, BigInt(address + 64), true);
  view.setBigUint64(msghdr.msg_iovlen, 1n, true);
  view.setBigUint64(msghdr.msg_control, BigInt(address + control), true);
  view.setBigUint64(msghdr.msg_controllen, BigInt(at - control), true);
  const failed = sendmsg(fd, address, 0) < 0 ? lastErrno() : 0;
  block.free();
  return failed;
}
