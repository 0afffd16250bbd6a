/** Who may control a VM. */
import { checkInteger } from '../arguments.js';
import type { Credentials } from '../sockets/packet-block.js';
import { checkFileAccess, highestId } from '../sockets/socket-file.js';

/** Who may speak, beside root and the user that the server runs as. */
export interface ControlAccess {
  /** Permissions of the socket's file, 0600 unless told: who can't write it can't connect. */
  readonly mode?: number | undefined;
  /**
   * The group of the socket's file. With a mode that lets it in and shuts others out (0660), its
   * members may speak.
   */
  readonly gid?: number | undefined;
  /** More users, where the mode lets them in. */
  readonly uids?: readonly number[] | undefined;
}

/** @throws SystemError EINVAL */
export function checkAccess(operation: string, access: ControlAccess): void {
  checkFileAccess(operation, access);
  for (const uid of access.uids ?? []) checkInteger(operation, 'access.uids', uid, 0, highestId);
}

/** Stands for users of another user namespace, any of them (/proc/sys/kernel/overflowuid). */
const overflowUid = 65_534;
const groupMayWrite = 0o020;
const othersMayWrite = 0o002;

/**
 * Whether a process may speak, by what the kernel vouches for: SO_PEERCRED of its connection, or the
 * SCM_CREDENTIALS of its datagram.
 *
 * @param hasFile whether it came through a socket file: abstract names have no permissions
 */
export function maySpeak(
  peer: Credentials | undefined,
  access: ControlAccess,
  hasFile: boolean,
): boolean {
  if (peer === undefined || peer.uid === overflowUid) return false;
  if (peer.uid === 0 || peer.uid === process.geteuid?.()) return true;
  if (access.uids?.includes(peer.uid) === true) return true;
  return hasFile && fileAdmitsOnlyGroup(access);
}

/** Then whoever has connected is of the group: the kernel has checked it. */
function fileAdmitsOnlyGroup({ gid, mode = 0 }: ControlAccess): boolean {
  return gid !== undefined && (mode & groupMayWrite) !== 0 && (mode & othersMayWrite) === 0;
}
