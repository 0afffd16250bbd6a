/** Messages through sockets: one packet each, with their descriptors. */
import {
  VmControlError,
  type VmRequest,
  type VmResponse,
  decodeVmRequest,
  decodeVmResponse,
  encodeVmRequest,
  encodeVmResponse,
  vmControl,
  vmRequestCodec,
  vmResponseCodec,
} from '../../generated/vm_control/vm_control.js';
import {
  type AnyMessage,
  type Descriptor,
  type MessageCodec,
  type MessageDescription,
  type Policy,
  ProtocolError,
  type ProtocolErrorDetails,
  type ProtocolErrorKind,
} from '../codec/index.js';
import { closeAll } from '../descriptors/close-all.js';
import type { OwnedFd } from '../descriptors/owned-fd.js';
import { SystemError, systemError } from '../errors.js';
import { checkOneOf } from '../arguments.js';
import type { FdSocket } from '../sockets/fd-socket.js';
import { maxPacketFds, packetBlock } from '../sockets/packet-block.js';
import { receivePacket, sendPacket, tryReceivePacket, trySendPacket } from '../sockets/packets.js';
import type { UnixAddress } from '../sockets/unix-address.js';
import { showMessage } from './debug.js';

/** One message of one protocol, as it is sent and received. */
export interface MessageChannel<M extends object, Received> {
  readonly description: MessageDescription;
  readonly encode: (message: M, view: DataView, offset: number) => readonly Descriptor[];
  readonly decode: (
    view: DataView,
    length: number,
    fds: OwnedFd[],
    policy: Policy,
  ) => Received & object;
  /** The most descriptors that any message of the protocol carries. */
  readonly maxFds: number;
  /** The protocol's own error, for what the system refuses. */
  readonly Failure: new (
    kind: ProtocolErrorKind,
    messageName: string,
    text: string,
    details: ProtocolErrorDetails,
  ) => ProtocolError;
}

/** How a message is received. */
export interface ReceiveOptions {
  /** Default `strict`. */
  readonly policy?: Policy | undefined;
  /** Takes descriptors that the message did not keep; by default they are closed. Empties the list. */
  readonly discard?: ((fds: OwnedFd[]) => void) | undefined;
  /** Takes no descriptors: the kernel closes them, which never blocks, and a message with some is EMFILE. */
  readonly refuseFds?: boolean | undefined;
}

/** Sends a message, and waits for room. Its descriptors are borrowed: the receiver gets copies. */
export function sendOn<M extends object, Received>(
  channel: MessageChannel<M, Received>,
  socket: FdSocket,
  message: M,
): void {
  const fds = channel.encode(message, packetBlock.outgoing, 0);
  try {
    sendPacket(socket, channel.description.size, fds);
  } catch (error) {
    throw failure(channel, 'send', error);
  }
  showMessage('->', channel.description, message);
}

/**
 * Sends a message if there is room for it now.
 *
 * @param to the name of another socket than the one that this one is connected to
 * @returns false if there is none; nothing was sent
 */
export function trySendOn<M extends object, Received>(
  channel: MessageChannel<M, Received>,
  socket: FdSocket,
  message: M,
  to?: UnixAddress,
): boolean {
  const fds = channel.encode(message, packetBlock.outgoing, 0);
  try {
    if (!trySendPacket(socket, channel.description.size, fds, to)) return false;
  } catch (error) {
    throw failure(channel, 'send', error);
  }
  showMessage('->', channel.description, message);
  return true;
}

/**
 * Receives a message, and waits for it. Descriptors that it keeps belong to the caller; whatever
 * happens, the others are closed.
 */
export function receiveOn<M extends object, Received>(
  channel: MessageChannel<M, Received>,
  socket: FdSocket,
  options: ReceiveOptions = {},
): Received {
  let length: number;
  try {
    length = receivePacket(socket, room(channel, options.policy));
  } catch (error) {
    throw failure(channel, 'recv', error);
  }
  return decodePacket(channel, length, options);
}

/** The same, without waiting. @returns undefined if nothing is there now */
export function tryReceiveOn<M extends object, Received>(
  channel: MessageChannel<M, Received>,
  socket: FdSocket,
  options: ReceiveOptions = {},
): Received | undefined {
  const { policy, discard, refuseFds = false } = options;
  let length: number;
  try {
    length = tryReceivePacket(socket, refuseFds ? 0 : room(channel, policy), discard);
    if (refuseFds && length >= 0 && packetBlock.surplusFds) {
      throw systemError('EMFILE', 'recv', `${socket.what} (no descriptors are taken now)`);
    }
  } catch (error) {
    throw failure(channel, 'recv', error);
  }
  return length < 0 ? undefined : decodePacket(channel, length, options);
}

/** Room for one descriptor too many, so that a surplus is seen; the reference has room for what it expects. */
function room({ maxFds }: { readonly maxFds: number }, policy: Policy | undefined): number {
  return policy === 'crosvm2018' ? maxFds : Math.min(maxFds + 1, maxPacketFds);
}

/** A policy by another name would be neither. @throws SystemError EINVAL */
export function checkPolicy(operation: string, policy: Policy): void {
  checkOneOf(operation, 'policy', policy, ['strict', 'crosvm2018']);
}

function decodePacket<M extends object, Received>(
  channel: MessageChannel<M, Received>,
  length: number,
  { policy = 'strict', discard = closeAll }: ReceiveOptions,
): Received {
  const { fds } = packetBlock;
  try {
    const message = channel.decode(packetBlock.incoming, length, fds, policy);
    showMessage('<-', channel.description, message);
    return message;
  } finally {
    if (fds.length > 0) discard(fds);
  }
}

function failure<M extends object, Received>(
  { Failure, description }: MessageChannel<M, Received>,
  kind: 'send' | 'recv',
  error: unknown,
): unknown {
  if (!(error instanceof SystemError)) return error;
  const { errno, code, message } = error;
  return new Failure(kind, description.name, message, { errno, code, cause: error });
}

function anyChannel(
  codec: MessageCodec,
  maxFds: number,
): MessageChannel<AnyMessage, AnyMessage<OwnedFd>> {
  return { ...codec, maxFds, Failure: ProtocolError };
}

/**
 * Sends a message of any protocol.
 *
 * @throws ProtocolError `send` with the system's errno, `invalidType`, `expectFd`
 * @throws FieldValueError
 */
export function sendMessage(socket: FdSocket, codec: MessageCodec, message: AnyMessage): void {
  sendOn(anyChannel(codec, 0), socket, message);
}

/**
 * Receives a message of any protocol.
 *
 * @param maxFds the most descriptors that any message of the protocol carries
 * @throws ProtocolError `recv` with the system's errno, `badSize`, `invalidType`, `expectFd`,
 *   `unexpectedFd`
 */
export function recvMessage(
  socket: FdSocket,
  codec: MessageCodec,
  maxFds: number,
  options?: ReceiveOptions,
): AnyMessage<OwnedFd> {
  return receiveOn(anyChannel(codec, maxFds), socket, options);
}

/** Requests of vm_control. */
export const vmRequests: MessageChannel<VmRequest, VmRequest<OwnedFd>> = {
  description: vmRequestCodec.description,
  encode: encodeVmRequest,
  decode: decodeVmRequest,
  maxFds: vmControl.maxFds,
  Failure: VmControlError,
};

/** Responses of vm_control. */
export const vmResponses: MessageChannel<VmResponse, VmResponse> = {
  description: vmResponseCodec.description,
  encode: encodeVmResponse,
  decode: decodeVmResponse,
  maxFds: vmControl.maxFds,
  Failure: VmControlError,
};

/**
 * Sends a request. A response should be received before the next one is sent.
 *
 * @throws VmControlError `send` with the system's errno and its name; `invalidType` for a request that
 *   never travels
 * @throws FieldValueError if a member has no place on the wire
 *
 * @example
 * sendVmRequest(socket, { type: 'unregisterMemory', slot: 3 });
 */
export function sendVmRequest(socket: FdSocket, request: VmRequest): void {
  sendOn(vmRequests, socket, request);
}

/**
 * Receives a request; it waits for one as long as the socket's time-out says. A descriptor in it is
 * the caller's to close.
 *
 * @throws VmControlError `recv` with the system's errno and its name, `badSize`, `invalidType`,
 *   `expectFd`, `unexpectedFd`
 *
 * @example
 * const [left, right] = socketPair();
 * sendVmRequest(left, { type: 'exit' });
 * recvVmRequest(right).type; // 'exit'
 */
export function recvVmRequest(socket: FdSocket, policy: Policy = 'strict'): VmRequest<OwnedFd> {
  checkPolicy('recvVmRequest', policy);
  return receiveOn(vmRequests, socket, { policy });
}

/**
 * Sends the response to the request that was received last.
 *
 * @throws VmControlError as `sendVmRequest`
 *
 * @example
 * sendVmResponse(socket, { type: 'err', errno: 28 });
 */
export function sendVmResponse(socket: FdSocket, response: VmResponse): void {
  sendOn(vmResponses, socket, response);
}

/**
 * Receives the response to the request that was sent last.
 *
 * @throws VmControlError as `recvVmRequest`
 *
 * @example
 * const [left, right] = socketPair();
 * sendVmResponse(left, { type: 'registerMemory', pfn: 1n << 26n, slot: 1 });
 * recvVmResponse(right); // { type: 'registerMemory', pfn: 67108864n, slot: 1 }
 */
export function recvVmResponse(socket: FdSocket, policy: Policy = 'strict'): VmResponse {
  checkPolicy('recvVmResponse', policy);
  return receiveOn(vmResponses, socket, { policy });
}
