/** A vCPU that runs in a thread of its own, as the other threads hold it. */
import { Worker } from 'node:worker_threads';
import { systemError } from '../errors.js';
import { checkInteger, invalidArgument } from '../arguments.js';
import { GuestMemory, type GuestMemoryToken } from '../memory/guest-memory.js';
import { type MappedLeftover, unmapLeftovers } from '../memory/mapped-range.js';
import { KickWords, Kicker, Request } from '../kvm/kick.js';
import { RunPage } from '../kvm/run-page.js';
import {
  type FromVcpu,
  type ToVcpu,
  type VcpuOutcome,
  type VcpuStart,
  errorOf,
} from './vcpu-messages.js';
import type { VcpuState } from '../kvm/arch.js';
import type { Vcpu, VcpuOrigin } from '../kvm/vcpu.js';

/** How a vCPU is started. */
export interface VcpuHandleOptions {
  /** The module that makes the bus of devices (see `Devices`), compiled to JavaScript. Without it the bus is empty. */
  readonly devices?: URL | undefined;
  /**
   * The thread's program, `vmwire/vcpu-worker`, where a bundler has put it. Without it, `vcpu-worker.js`
   * beside the file that holds this class.
   */
  readonly worker?: URL | undefined;
  /** What the module is given, cloned. */
  readonly data?: unknown;
  /**
   * How often the thread leaves the guest of its own accord, in milliseconds, 100 by default: `process.exit`
   * and `worker.terminate` take so long at most.
   */
  readonly regularInterruptMs?: number | undefined;
  /** Takes what the module posts. */
  readonly onMessage?: ((message: unknown) => void) | undefined;
}

/**
 * The thread of a vCPU failed: a device threw, or KVM refused to run it.
 *
 * @example
 * await handle.join().catch((error: unknown) => {
 *   if (error instanceof VcpuError) console.log(error.message);
 * });
 */
export class VcpuError extends Error {
  override readonly name = 'VcpuError';
  readonly code = 'ERR_VCPU_FAILED';
  readonly vcpu: number;

  constructor(vcpu: number, cause: unknown) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    super(`vCPU ${vcpu} failed: ${reason}`, { cause });
    this.vcpu = vcpu;
  }
}

interface Waiter<T> {
  readonly resolve: (value: T) => void;
  readonly reject: (error: unknown) => void;
}

/** What a handle holds of its vCPU. */
interface VcpuParts {
  readonly page: RunPage;
  readonly kicker: Kicker;
  readonly release: () => void;
  readonly memory: GuestMemoryToken;
}

/** One token for all RAM; if a descriptor can't be had, those before it are closed. */
function tokenOf(memories: readonly GuestMemory[]): GuestMemoryToken {
  const regions: GuestMemoryToken['regions'][number][] = [];
  try {
    for (const memory of memories) regions.push(...memory.token().regions);
  } catch (error) {
    GuestMemory.discardToken({ regions });
    throw error;
  }
  return { regions };
}

function startThread(
  origin: VcpuOrigin,
  words: KickWords,
  memory: GuestMemoryToken,
  options: VcpuHandleOptions,
): Worker {
  const { devices, data, regularInterruptMs = 100 } = options;
  const { worker = new URL('./vcpu-worker.js', import.meta.url) } = options;
  const { id, mmapSize, slots, descriptor } = origin;
  const start: VcpuStart = {
    id,
    fd: descriptor.fd,
    mmapSize,
    slots: slots.buffer,
    words: words.buffer,
    memory,
    devices: devices?.href,
    data,
    regularInterruptMs,
  };
  return new Worker(worker, {
    workerData: start,
    name: `vCPU ${id}`,
  });
}

/**
 * A running vCPU. Its registers are reached by message while it is paused; devices run beside it, in
 * its thread. The process stays alive until it ends.
 *
 * @example
 * const handle = VcpuHandle.start(vcpu, { devices: new URL('../kvm/devices.js', import.meta.url) });
 * await handle.pause();
 * const { rip } = await handle.call('getRegisters');
 * handle.resume();
 * const outcome = await handle.stop(); // { reason: 'stopped' }
 */
export class VcpuHandle {
  readonly id: number;
  readonly #worker: Worker;
  readonly #page: RunPage;
  readonly #kicker: Kicker;
  readonly #release: () => void;
  readonly #onMessage: ((message: unknown) => void) | undefined;
  readonly #end: Promise<VcpuOutcome>;
  readonly #calls = new Map<number, Waiter<unknown>>();
  #nextCall = 0;
  /** Who waits for the guest to pause: one request serves all. */
  #pausing: Waiter<undefined>[] = [];
  /** How often the thread has told that it paused. */
  #pauses = 0;
  #state: 'starting' | 'running' | 'paused' | 'ended' = 'starting';
  #untaken: GuestMemoryToken | undefined;
  #leftovers: readonly MappedLeftover[] = [];
  #outcome: VcpuOutcome | undefined;
  #failure: unknown;

  private constructor(id: number, parts: VcpuParts, worker: Worker, options: VcpuHandleOptions) {
    this.id = id;
    this.#page = parts.page;
    this.#kicker = parts.kicker;
    this.#release = parts.release;
    this.#untaken = parts.memory;
    this.#worker = worker;
    this.#onMessage = options.onMessage;
    worker.on('message', (message: FromVcpu) => this.#hear(message));
    worker.on('error', (error) => {
      this.#failure = error;
    });
    this.#end = new Promise((resolve, reject) => {
      worker.on('exit', (status) => this.#ended(status, { resolve, reject }));
    });
    // A failure is told to whoever joins, however late.
    this.#end.catch(() => {});
  }

  /**
   * Takes a vCPU over from this thread and runs it in one of its own. The `Vcpu` is closed from then
   * on; `Vm.close` has to wait until the handle has ended.
   *
   * @throws SystemError EBADF if the vCPU is closed, EINVAL, EMFILE, ENOMEM; DataCloneError if `data` can't be
   *   cloned. The vCPU is given up then.
   */
  static start(vcpu: Vcpu, options: VcpuHandleOptions = {}): VcpuHandle {
    const { devices, worker, regularInterruptMs = 100 } = options;
    checkInteger('start', 'regularInterruptMs', regularInterruptMs, 1, 3_600_000);
    // A guest without its devices would run all the same.
    for (const [name, url] of Object.entries({ devices, worker })) {
      if (url !== undefined && !(url instanceof URL)) {
        throw invalidArgument('start', name, url, 'a URL');
      }
    }
    const { origin, release } = vcpu.detach();
    const undo = [release];
    try {
      const page = new RunPage(origin.descriptor.fd, origin.mmapSize);
      undo.push(() => page.close());
      const words = new KickWords();
      const kicker = new Kicker(words, page);
      const memory = tokenOf(origin.memories);
      undo.push(() => GuestMemory.discardToken(memory));
      const thread = startThread(origin, words, memory, options);
      return new VcpuHandle(origin.id, { page, kicker, release, memory }, thread, options);
    } catch (error) {
      for (const each of undo.toReversed()) each();
      throw error;
    }
  }

  get state(): 'starting' | 'running' | 'paused' | 'ended' {
    return this.#state;
  }

  /**
   * Gets the vCPU out of the guest once: messages reach its devices, then the guest goes on.
   *
   * Any number of kicks that come before the thread has looked are one.
   */
  kick(): void {
    this.#request(Request.kick);
  }

  /** Sends a message to the devices (`DevicesContext.onMessage`), and kicks the vCPU so that they see it. */
  post(message: unknown): void {
    this.#send({ type: 'post', message });
    this.kick();
  }

  /**
   * Stops the guest for as long as nobody calls `resume`. What it had begun is complete: its registers
   * can be read.
   *
   * @throws SystemError ESRCH if the vCPU has ended
   */
  async pause(): Promise<void> {
    if (this.#state === 'paused') return;
    if (this.#state === 'ended') throw this.#gone('pause');
    await new Promise<undefined>((resolve, reject) => {
      this.#pausing.push({ resolve, reject });
      if (this.#pausing.length === 1) this.#request(Request.pause);
    });
  }

  /** Lets a paused guest go on. */
  resume(): void {
    if (this.#state !== 'paused') return;
    this.#state = 'running';
    this.#send({ type: 'resume', pauses: this.#pauses });
  }

  /**
   * A call of `VcpuState`, made by the vCPU's thread.
   *
   * @throws SystemError EBUSY unless the vCPU is paused, and what the call itself throws
   *
   * @example
   * await handle.pause();
   * await handle.call('setRegisters', { ...(await handle.call('getRegisters')), rip: 0n });
   */
  async call<K extends keyof VcpuState>(
    name: K,
    ...args: Parameters<VcpuState[K]>
  ): Promise<Awaited<ReturnType<VcpuState[K]>>> {
    if (this.#state === 'ended') throw this.#gone(name);
    if (this.#state !== 'paused') {
      throw systemError('EBUSY', name, `vCPU ${this.id} (it runs: pause it first)`);
    }
    const id = this.#nextCall++;
    const value = await new Promise<unknown>((resolve, reject) => {
      this.#send({ type: 'call', id, name, args });
      this.#calls.set(id, { resolve, reject });
    });
    // The thread made the call of this name, and cloning keeps its type.
    return value as Awaited<ReturnType<VcpuState[K]>>;
  }

  /** Ends the vCPU, running or paused, and waits until its thread is gone. */
  async stop(): Promise<VcpuOutcome> {
    this.#request(Request.stop);
    return this.join();
  }

  /**
   * Waits until the vCPU has ended and its thread is gone.
   *
   * @returns the exit that ended it, or that it was stopped
   * @throws VcpuError if its thread failed, with the reason as its cause
   */
  join(): Promise<VcpuOutcome> {
    return this.#end;
  }

  /** Stops it, whatever comes of that. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#request(Request.stop);
    await this.#end.catch(() => {});
  }

  #request(request: number): void {
    if (this.#state === 'ended') return;
    if (this.#kicker.request(request)) this.#send({ type: 'look' });
  }

  #send(message: ToVcpu): void {
    this.#worker.postMessage(message);
  }

  #hear(message: FromVcpu): void {
    switch (message.type) {
      case 'taken':
        this.#untaken = undefined;
        return;
      case 'running':
        if (this.#state === 'starting') this.#state = 'running';
        return;
      case 'paused':
        this.#state = 'paused';
        this.#pauses++;
        this.#pausing.splice(0).forEach(({ resolve }) => resolve(undefined));
        return;
      case 'answer':
        this.#takeCall(message.id)?.resolve(message.value);
        return;
      case 'refusal':
        this.#takeCall(message.id)?.reject(errorOf(message.refusal));
        return;
      case 'post':
        this.#onMessage?.(message.message);
        return;
      case 'ended':
        this.#outcome = message.outcome;
        return;
      case 'leftovers':
        this.#leftovers = message.ranges;
    }
  }

  #takeCall(id: number): Waiter<unknown> | undefined {
    const waiter = this.#calls.get(id);
    this.#calls.delete(id);
    return waiter;
  }

  /** The thread is gone: everything that it had is given back before anyone hears of it. */
  #ended(status: number, { resolve, reject }: Waiter<VcpuOutcome>): void {
    this.#state = 'ended';
    if (this.#untaken !== undefined) GuestMemory.discardToken(this.#untaken);
    unmapLeftovers(this.#leftovers);
    this.#page.close();
    this.#release();
    this.#pausing.splice(0).forEach((waiter) => waiter.reject(this.#gone('pause')));
    for (const waiter of this.#calls.values()) waiter.reject(this.#gone('call'));
    this.#calls.clear();
    if (this.#failure === undefined && this.#outcome !== undefined) resolve(this.#outcome);
    else reject(new VcpuError(this.id, this.#failure ?? `its thread exited with status ${status}`));
  }

  #gone(operation: string): Error {
    return systemError('ESRCH', operation, `vCPU ${this.id} (it has ended)`);
  }
}
