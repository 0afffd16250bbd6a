/** What a server tells of each request. */
import {
  type VmRequest,
  type VmResponse,
  vmRequestCodec,
} from '../../generated/vm_control/vm_control.js';
import { errnoName } from '../../native/errno.js';
import { formatMessage } from '../codec/index.js';
import { visible } from '../codec/quoted.js';
import type { Credentials } from '../sockets/packet-block.js';

/** One request, from its sender to its result. */
export interface AuditEntry {
  /** Who sent it, as the kernel vouches for it. */
  readonly peer: Credentials | undefined;
  /** What was asked, or undefined if it could not be understood. Its descriptors are closed soon. */
  readonly request: VmRequest | undefined;
  /** What was answered, or undefined if nothing was. */
  readonly response: VmResponse | undefined;
  /** Why it could not be understood or executed, beyond what the response says. */
  readonly problem: Error | undefined;
}

/**
 * One line for a log: uid, pid, request and result. Whatever a client sent, it holds no control characters.
 *
 * @example
 * new ControlServer(context, { audit: (entry) => console.log(auditLine(entry)) });
 * // uid 1000 pid 4711 vm_request.unregister_memory(slot: 3): ENOENT
 */
export function auditLine({ peer, request, response, problem }: AuditEntry): string {
  const who = peer === undefined ? 'unknown sender' : `uid ${peer.uid} pid ${peer.pid}`;
  const what =
    request === undefined
      ? 'not a request'
      : formatMessage(vmRequestCodec.description, request, { errnoName });
  const why = problem === undefined ? '' : ` (${problem.message})`;
  return visible(`${who} ${what}: ${result(response)}${why}`);
}

function result(response: VmResponse | undefined): string {
  switch (response?.type) {
    case undefined:
      return 'no answer';
    case 'ok':
      return 'ok';
    case 'err':
      return errnoName(response.errno);
    case 'registerMemory':
      return `pfn 0x${response.pfn.toString(16)} slot ${response.slot}`;
  }
}
