/** One request: received, executed, and its answer found; the same for every kind of socket. */
import {
  VmControlError,
  type VmRequest,
  type VmResponse,
  vmResponse,
} from '../../generated/vm_control/vm_control.js';
import { errno } from '../../native/errno.js';
import type { OwnedFd } from '../descriptors/owned-fd.js';
import type { FdSocket } from '../sockets/fd-socket.js';
import type { Credentials } from '../sockets/packet-block.js';
import type { AuditEntry } from './audit.js';
import type { ExecuteContext } from './context.js';
import type { Discarded } from './discard.js';
import { execute } from './execute.js';
import { tryReceiveOn, vmRequests } from './messages.js';

/**
 * What came of looking for a request: nothing was there (`none`), the connection is over (`end`), it
 * is not to be answered (`silence`), or the answer.
 */
export type Handled = 'none' | 'end' | 'silence' | VmResponse;

/** What a server does with requests, whoever sends them. */
export class RequestHandler {
  readonly #context: ExecuteContext;
  readonly #audit: (entry: AuditEntry) => void;
  readonly #fault: (error: unknown) => void;

  constructor(
    context: ExecuteContext,
    audit: (entry: AuditEntry) => void,
    fault: (error: unknown) => void,
  ) {
    this.#context = context;
    this.#audit = audit;
    this.#fault = fault;
  }

  /**
   * Takes the next request from a socket, if there is one, and executes it.
   *
   * @param discarded its sender's descriptors that are not closed yet: with too many, EMFILE for more
   * @param peerOf tells who sent it, once it was received
   * @param admits whether that one may speak
   */
  next(
    socket: FdSocket,
    discarded: Discarded,
    peerOf: () => Credentials | undefined,
    admits: (peer: Credentials | undefined) => boolean,
  ): Handled {
    const { policy } = this.#context;
    let request: VmRequest<OwnedFd> | undefined;
    try {
      request = tryReceiveOn(vmRequests, socket, {
        policy,
        discard: discarded.add,
        refuseFds: discarded.isFull,
      });
    } catch (error) {
      return this.#unreadable(error, socket, peerOf);
    }
    if (request === undefined) return 'none';
    const peer = peerOf();
    try {
      const response = admits(peer) ? this.#execute(request) : vmResponse.err(errno.EPERM);
      this.#tell({ peer, request, response, problem: undefined });
      return response;
    } finally {
      if ('memory' in request) discarded.add([request.memory]);
    }
  }

  #execute(request: VmRequest): VmResponse {
    try {
      return execute(request, this.#context);
    } catch (error) {
      // A fault of this program, not of the request: the client learns that it failed, the owner why.
      this.#fault(error);
      return vmResponse.err(errno.EIO);
    }
  }

  /** An audit that fails is no reason to leave the client without an answer. */
  #tell(entry: AuditEntry): void {
    try {
      this.#audit(entry);
    } catch (error) {
      this.#fault(error);
    }
  }

  #unreadable(error: unknown, socket: FdSocket, peerOf: () => Credentials | undefined): Handled {
    if (!(error instanceof VmControlError)) throw error;
    if (error.kind === 'badSize' && error.size === 0 && socket.type === 'seqpacket') return 'end';
    const lost = error.kind === 'recv' && error.errno !== errno.EMFILE;
    if (lost) return 'end';
    const strict = this.#context.policy === 'strict';
    const response = strict ? vmResponse.err(error.errno ?? errno.EPROTO) : undefined;
    this.#tell({ peer: peerOf(), request: undefined, response, problem: error });
    return response ?? 'silence';
  }
}
