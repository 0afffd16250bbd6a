/** Packets that no decent client sends: any length, ancillary messages of any kind and number. */
import { NativeBlock } from '../../native/block.js';
import { lastErrno } from '../../native/library.js';
import { iovec } from '../../native/memory.js';
import {
  MSG_NOSIGNAL,
  SCM_CREDENTIALS,
  SCM_RIGHTS,
  SOL_SOCKET,
  cmsghdr,
  msghdr,
  sendmsg,
  ucred,
} from '../../native/socket.js';

/** What rides beside the bytes: descriptors in one message each, and our own credentials. */
export interface Ancillary {
  readonly rights: readonly (readonly number[])[];
  readonly credentials: 'none' | 'before' | 'after';
}

const mostBytes = 128 * 1024;
const controlAt = msghdr.size + iovec.size;
const dataAt = controlAt + 4096;
const block = new NativeBlock(dataAt + mostBytes);

function writeCmsg(at: number, type: number, data: Uint8Array): number {
  block.view.setBigUint64(at + cmsghdr.cmsg_len, BigInt(cmsghdr.size + data.length), true);
  block.view.setInt32(at + cmsghdr.cmsg_level, SOL_SOCKET, true);
  block.view.setInt32(at + cmsghdr.cmsg_type, type, true);
  block.bytes.set(data, at + cmsghdr.size);
  return at + cmsghdr.size + ((data.length + 7) & ~7);
}

function ownCredentials(): Uint8Array {
  const view = new DataView(new ArrayBuffer(ucred.size));
  view.setInt32(ucred.pid, process.pid, true);
  view.setUint32(ucred.uid, process.geteuid?.() ?? 0, true);
  view.setUint32(ucred.gid, process.getegid?.() ?? 0, true);
  return new Uint8Array(view.buffer);
}

/** Sends it. @returns 0 or an errno */
export function sendRaw(socket: number, bytes: Uint8Array, ancillary: Ancillary): number {
  let end = controlAt;
  if (ancillary.credentials === 'before') end = writeCmsg(end, SCM_CREDENTIALS, ownCredentials());
  for (const fds of ancillary.rights) {
    end = writeCmsg(end, SCM_RIGHTS, new Uint8Array(Int32Array.from(fds).buffer));
  }
  if (ancillary.credentials === 'after') end = writeCmsg(end, SCM_CREDENTIALS, ownCredentials());
  block.bytes.set(bytes, dataAt);
  const { view, address } = block;
  view.setBigUint64(msghdr.msg_iov, BigInt(address + msghdr.size), true);
  view.setBigUint64(msghdr.msg_iovlen, 1n, true);
  view.setBigUint64(msghdr.msg_control, BigInt(end === controlAt ? 0 : address + controlAt), true);
  view.setBigUint64(msghdr.msg_controllen, BigInt(end - controlAt), true);
  view.setBigUint64(msghdr.size + iovec.iov_base, BigInt(address + dataAt), true);
  view.setBigUint64(msghdr.size + iovec.iov_len, BigInt(bytes.length), true);
  return sendmsg(socket, address, MSG_NOSIGNAL) < 0 ? lastErrno() : 0;
}
