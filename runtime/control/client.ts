/** A client of a control socket. */
import {
  VmControlError,
  type VmResponse,
  type VmResponseRegisterMemory,
} from '../../generated/vm_control/vm_control.js';
import { errno, errnoName } from '../../native/errno.js';
import type { Descriptor } from '../codec/index.js';
import { SystemError, systemError } from '../errors.js';
import { type WaitOptions, checkTimeout, checkWait, settled } from '../events/patience.js';
import { WaitingLine } from '../events/waiting-line.js';
import type { ConnectAsyncOptions, ConnectOptions } from '../sockets/arguments.js';
import { invalidArgument } from '../arguments.js';
import { FdSocket } from '../sockets/fd-socket.js';
import type { SocketType } from '../sockets/socket-options.js';
import { type AddressLike, UnixAddress } from '../sockets/unix-address.js';
import { type ControlAnswer, type ControlRequest, answerTo } from './answer.js';
import { receiveOn, sendOn, tryReceiveOn, trySendOn, vmRequests, vmResponses } from './messages.js';
import { VmRefusedError } from './refusal.js';

/** How long a client waits unless told, in milliseconds. */
const defaultTimeoutMs = 5_000;

/** How to connect. */
export interface ClientOptions extends WaitOptions {
  /** The type of the VM's socket; by default seqpacket, and datagram if it turns out to be that. */
  readonly type?: SocketType | undefined;
}

/** Memory that knows its size, such as `SharedMemory`. */
export interface SizedMemory extends Descriptor {
  /** Bytes. */
  readonly size: number;
}

/**
 * Controls a VM. Calls are answered in turn; one that is refused throws `VmRefusedError`, and leaves
 * the client usable. A call that times out or is aborted after it was sent closes the client, because
 * its answer might come later and be taken for another's.
 *
 * @example
 * const client = await ControlClient.connect('/run/vm.sock');
 * const memory = SharedMemory.create({ name: 'frame', size: 65536 });
 * const { pfn, slot } = await client.registerMemory(memory);
 * await client.unregisterMemory(slot);
 * client.close();
 */
export class ControlClient implements Disposable {
  readonly #socket: FdSocket;
  readonly #timeoutMs: number;
  readonly #readable: WaitingLine;
  readonly #writable: WaitingLine;
  /** Calls that are not settled, and the end of them all: the next one waits for it. */
  #underWay = 0;
  #line: Promise<unknown> | undefined;
  /** A request was sent whose answer nobody waits for. */
  #unasked = false;
  /** Why it closed, if a call closed it. */
  #broken: unknown;

  private constructor(socket: FdSocket, timeoutMs: number) {
    this.#socket = socket;
    checkTimeout('ControlClient', timeoutMs);
    this.#timeoutMs = timeoutMs;
    this.#readable = new WaitingLine(socket, 'readable', socket.what);
    this.#writable = new WaitingLine(socket, 'writable', socket.what);
  }

  /**
   * Connects to a VM's socket.
   *
   * @param options its time-out, 5 s by default, is also that of each call
   * @throws SystemError ENOENT, ECONNREFUSED (nobody serves it), EACCES, ETIMEDOUT, EPROTOTYPE (no
   *   socket of packets), ENAMETOOLONG, EINVAL
   */
  static async connect(address: AddressLike, options: ClientOptions = {}): Promise<ControlClient> {
    const { timeoutMs = defaultTimeoutMs, signal } = options;
    const first = connectOptions(options.type, timeoutMs);
    try {
      return new ControlClient(
        await FdSocket.connectAsync(address, { ...first, signal }),
        timeoutMs,
      );
    } catch (error) {
      const second = fallback(error, address, options.type, timeoutMs);
      return new ControlClient(
        await FdSocket.connectAsync(address, { ...second, signal }),
        timeoutMs,
      );
    }
  }

  /** The same, blocking this thread: for tools. */
  static connectSync(
    address: AddressLike,
    options: Omit<ClientOptions, 'signal'> = {},
  ): ControlClient {
    const { timeoutMs = defaultTimeoutMs } = options;
    try {
      const first = connectOptions(options.type, timeoutMs);
      return new ControlClient(FdSocket.connect(address, first), timeoutMs);
    } catch (error) {
      const second = fallback(error, address, options.type, timeoutMs);
      return new ControlClient(FdSocket.connect(address, second), timeoutMs);
    }
  }

  /** A client on a socket that is connected already, such as an end of a pair. It takes the socket over. */
  static on(socket: FdSocket, options: Pick<ClientOptions, 'timeoutMs'> = {}): ControlClient {
    if (!(socket instanceof FdSocket)) {
      throw invalidArgument('ControlClient', 'socket', socket, 'an FdSocket');
    }
    return new ControlClient(socket, options.timeoutMs ?? defaultTimeoutMs);
  }

  /** What the VM's socket turned out to be. */
  get type(): SocketType {
    return this.#socket.type;
  }

  get closed(): boolean {
    return this.#socket.closed;
  }

  /**
   * Sends a request and waits for its answer. The time-out counts from now, also while other calls are
   * under way.
   *
   * @throws VmRefusedError if the VM refused, with its errno
   * @throws VmControlError `send` or `recv` with the system's errno (EPIPE, ECONNRESET, ETIMEDOUT), or
   *   an answer that makes no sense
   * @throws FieldValueError if a member has no place on the wire; nothing was sent
   * @throws the signal's reason
   *
   * @example
   * const { pfn, slot } = await client.call({ type: 'registerMemory', memory, size: 4096n });
   */
  call<R extends ControlRequest>(request: R, options: WaitOptions = {}): Promise<ControlAnswer<R>> {
    const line = this.#underWay > 0 ? this.#line : undefined;
    const answer = this.#inTurn(line, request, options);
    this.#line = line === undefined ? answer : ended([line, answer]);
    return answer;
  }

  /** The same, blocking this thread. Not while a `call` is under way. */
  callSync<R extends ControlRequest>(
    request: R,
    options: Pick<WaitOptions, 'timeoutMs'> = {},
  ): ControlAnswer<R> {
    this.#check();
    if (this.#underWay > 0) {
      throw systemError('EBUSY', 'call', 'a client that awaits an answer');
    }
    const timeoutMs = options.timeoutMs ?? this.#timeoutMs;
    this.#socket.setTimeouts({ receiveMs: timeoutMs, sendMs: timeoutMs });
    let sent = false;
    try {
      try {
        sendOn(vmRequests, this.#socket, request);
        sent = true;
        return answerTo(request, receiveOn(vmResponses, this.#socket));
      } catch (error) {
        return answerTo(request, this.#lastWords(error));
      }
    } catch (error) {
      throw this.#failed(error, sent);
    }
  }

  /**
   * Sends a request and waits for no answer: a VM of 2018 gives none to a client on a path. The client
   * can't call afterwards, since an answer that comes would be taken for another's.
   */
  sendSync(request: ControlRequest): void {
    if (this.closed) this.#check();
    this.#socket.setTimeouts({ sendMs: this.#timeoutMs });
    sendOn(vmRequests, this.#socket, request);
    this.#unasked = true;
  }

  /** Asks the VM to leave its run loop and end. */
  async exit(options?: WaitOptions): Promise<void> {
    await this.call({ type: 'exit' }, options);
  }

  /**
   * Shows memory to the guest. It stays registered until it's unregistered or the VM ends, whatever
   * becomes of this client and of the descriptor.
   *
   * @param size bytes, whole pages; by default all of it
   * @returns the guest's page frame number, and the slot to unregister
   */
  async registerMemory(memory: SizedMemory): Promise<VmResponseRegisterMemory>;
  async registerMemory(
    memory: Descriptor,
    size: number | bigint,
    options?: WaitOptions,
  ): Promise<VmResponseRegisterMemory>;
  async registerMemory(
    memory: Descriptor & { readonly size?: number },
    size: number | bigint | undefined = memory.size,
    options?: WaitOptions,
  ): Promise<VmResponseRegisterMemory> {
    if (size === undefined || (typeof size !== 'bigint' && !Number.isSafeInteger(size))) {
      throw invalidArgument('registerMemory', 'size', size, 'an integer');
    }
    return this.call({ type: 'registerMemory', memory, size: BigInt(size) }, options);
  }

  /** Takes memory that was registered away from the guest. */
  async unregisterMemory(slot: number, options?: WaitOptions): Promise<void> {
    await this.call({ type: 'unregisterMemory', slot }, options);
  }

  /** Grows (positive) or shrinks (negative) the balloon by pages of 4096 bytes. */
  async balloonAdjust(numPages: number, options?: WaitOptions): Promise<void> {
    await this.call({ type: 'balloonAdjust', numPages }, options);
  }

  /** Closes the connection; calls that wait for an answer are rejected with ECANCELED. */
  close(): void {
    this.#socket.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  async #inTurn<R extends ControlRequest>(
    line: Promise<unknown> | undefined,
    request: R,
    options: WaitOptions,
  ): Promise<ControlAnswer<R>> {
    this.#underWay++;
    try {
      checkWait('call', options);
      const { signal, timeoutMs = this.#timeoutMs } = options;
      const deadline = performance.now() + timeoutMs;
      const limits = (): WaitOptions => ({
        signal,
        timeoutMs: Math.max(1, Math.ceil(deadline - performance.now())),
      });
      if (line !== undefined) await this.#turn(line, limits());
      this.#check();
      return await this.#exchange(request, limits);
    } finally {
      this.#underWay--;
    }
  }

  async #turn(line: Promise<unknown>, options: WaitOptions): Promise<void> {
    try {
      await settled(line, 'send', this.#socket.what, options);
    } catch (error) {
      throw this.#ended(error);
    }
  }

  async #exchange<R extends ControlRequest>(
    request: R,
    limits: () => WaitOptions,
  ): Promise<ControlAnswer<R>> {
    const socket = this.#socket;
    let sent = false;
    const send = (): true | undefined => trySendOn(vmRequests, socket, request) || undefined;
    const receive = (): VmResponse | undefined => tryReceiveOn(vmResponses, socket);
    try {
      try {
        sent = await this.#writable.run('send', send, limits());
        return answerTo(request, await this.#readable.run('recv', receive, limits()));
      } catch (error) {
        return answerTo(request, this.#lastWords(error));
      }
    } catch (error) {
      throw this.#failed(error, sent);
    }
  }

  #check(): void {
    if (this.closed) {
      const options = { cause: this.#broken };
      throw new SystemError(errno.EBADF, 'call', 'a client that is closed', options);
    }
    if (this.#unasked) {
      throw systemError('EBUSY', 'call', 'a client that did not wait for its last answer');
    }
  }

  /**
   * A server that turns a client away says why, and closes: sending or receiving fails then, but the
   * answer is there.
   *
   * @throws the error, if no answer is there
   */
  #lastWords(error: unknown): VmResponse {
    const number = error instanceof VmControlError ? error.errno : undefined;
    if (number === errno.EPIPE || number === errno.ECONNRESET) {
      try {
        const response = tryReceiveOn(vmResponses, this.#socket);
        if (response !== undefined) return response;
      } catch {
        // Nothing was said.
      }
    }
    throw error;
  }

  /** Closes the client if its conversation is broken, and tells the end of a connection as such. */
  #failed(error: unknown, sent: boolean): unknown {
    const failure = this.#ended(error);
    const usable = sent ? failure instanceof VmRefusedError : !isGone(failure);
    if (!usable) {
      this.#broken = failure;
      this.close();
    }
    return failure;
  }

  #ended(error: unknown): unknown {
    if (error instanceof SystemError) {
      const { errno: number, code, message } = error;
      const details = { errno: number, code, cause: error };
      return error.operation === 'send'
        ? new VmControlError('send', 'vm_request', message, details)
        : new VmControlError('recv', 'vm_response', message, details);
    }
    const empty = error instanceof VmControlError && error.kind === 'badSize' && error.size === 0;
    if (!empty || this.#socket.type !== 'seqpacket') return error;
    const number = errno.ECONNRESET;
    const text = `${this.#socket.what}: the VM closed the connection before it answered`;
    return new VmControlError('recv', 'vm_response', text, {
      errno: number,
      code: errnoName(number),
    });
  }
}

/** Keeps no values: in a line that never ends, each would hold all those before it. */
async function ended(calls: readonly Promise<unknown>[]): Promise<void> {
  await Promise.allSettled(calls);
}

function connectOptions(
  type: SocketType | undefined,
  timeoutMs: number,
): ConnectOptions & ConnectAsyncOptions {
  return type === 'datagram'
    ? { type, timeoutMs, autobind: true }
    : { type: 'seqpacket', timeoutMs };
}

/**
 * How to connect to a socket that turned out to be of the other type: EPROTOTYPE tells so. Abstract
 * names of each type are apart, so that nobody is there under the one that is tried first.
 *
 * @throws error if it's none such
 */
function fallback(
  error: unknown,
  address: AddressLike,
  type: SocketType | undefined,
  timeoutMs: number,
): ConnectOptions & ConnectAsyncOptions {
  if (!(error instanceof SystemError) || type !== undefined) throw error;
  const isPath = UnixAddress.from(address).kind === 'path';
  if (error.code !== (isPath ? 'EPROTOTYPE' : 'ECONNREFUSED')) throw error;
  return connectOptions('datagram', timeoutMs);
}

/** Errnos that mean that the far end is gone. */
const gone: readonly number[] = [errno.EPIPE, errno.ECONNREFUSED, errno.ECONNRESET, errno.ENOTCONN];

function isGone(error: unknown): boolean {
  return error instanceof VmControlError && error.errno !== undefined && gone.includes(error.errno);
}
