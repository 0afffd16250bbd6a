/** The thread of one vCPU: runs the guest and its devices, and obeys the handle. */
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { gettid } from '../../native/signal.js';
import { DeviceBus } from '../devices/bus.js';
import { GuestMemory } from '../memory/guest-memory.js';
import { takeLeftovers } from '../memory/mapped-range.js';
import type { Devices } from './devices-module.js';
import { type VcpuState, stateCalls } from '../kvm/arch.js';
import { KickWords, RegularInterrupt, Request } from '../kvm/kick.js';
import { runDevices } from './run-devices.js';
import { SlotTable } from '../kvm/slots.js';
import {
  type FromVcpu,
  type ToVcpu,
  type VcpuOutcome,
  type VcpuStart,
  refusalOf,
} from './vcpu-messages.js';
import { Vcpu } from '../kvm/vcpu.js';

/** How long a request waits for the devices' module to be loaded, in milliseconds. */
const loadPatience = 1_000;

/** Makes the bus of a devices' module. */
async function makeBus(
  url: string,
  module: unknown,
  context: Parameters<Devices>[0],
): Promise<DeviceBus> {
  const make: unknown =
    typeof module === 'object' && module !== null ? Reflect.get(module, 'default') : undefined;
  const bus: unknown = typeof make === 'function' ? await make(context) : undefined;
  if (!(bus instanceof DeviceBus)) {
    throw new TypeError(`${url}: the default export must be a function that returns a DeviceBus`);
  }
  return bus;
}

function isStateCall(name: string): name is keyof VcpuState {
  return Object.hasOwn(stateCalls, name);
}

class VcpuThread {
  readonly #port: MessagePort;
  readonly #words: KickWords;
  readonly #vcpu: Vcpu;
  readonly #memory: GuestMemory;
  readonly #tid = gettid();
  #bus: DeviceBus | undefined;
  #listener: ((message: unknown) => void) | undefined;
  /** Messages that came before the devices were there. */
  readonly #early: unknown[] = [];
  #paused = false;
  #pauses = 0;
  #interrupt: RegularInterrupt | undefined;
  #loading = false;

  constructor(port: MessagePort, start: VcpuStart) {
    this.#port = port;
    this.#words = new KickWords(start.words);
    this.#tell({ type: 'taken' });
    this.#memory = GuestMemory.fromToken(start.memory);
    const { fd, id, mmapSize } = start;
    const slots = new SlotTable(start.slots);
    try {
      this.#vcpu = new Vcpu(
        { descriptor: { fd }, id, mmapSize, slots, memories: [], words: this.#words },
        () => {},
      );
    } catch (error) {
      this.#memory.close();
      throw error;
    }
    // Before the report of descriptors that were never closed.
    process.prependOnceListener('exit', () => this.#leave());
    port.on('message', (message: ToVcpu) => this.#obey(message));
  }

  async begin({ devices, data, regularInterruptMs }: VcpuStart): Promise<void> {
    this.#bus = devices === undefined ? new DeviceBus() : await this.#load(devices, data);
    for (const message of this.#early.splice(0)) this.#listener?.(message);
    this.#interrupt = new RegularInterrupt(regularInterruptMs);
    this.#tell({ type: 'running' });
    this.#runAfterMessages();
  }

  /** A thread that ends while Node reads a module leaves its file open: requests wait for that. */
  async #load(url: string, data: unknown): Promise<DeviceBus> {
    this.#loading = true;
    const module: unknown = await import(url);
    this.#loading = false;
    if (this.#words.pending) this.#lookAside();
    return makeBus(url, module, {
      vcpu: this.#vcpu,
      memory: this.#memory,
      data,
      post: (message) => this.#tell({ type: 'post', message }),
      onMessage: (listener) => {
        this.#listener = listener;
      },
    });
  }

  /** Takes the requests where the guest is not running. */
  #lookAside(): void {
    this.#vcpu.page.immediateExit = false;
    this.#look();
  }

  /**
   * Runs the guest once the messages that have come are delivered: in a whole turn of the event loop. The
   * first immediate may still belong to a turn whose deliveries are over.
   */
  #runAfterMessages(): void {
    setImmediate(() => setImmediate(() => this.#run()));
  }

  /** Runs the guest until it ends, or until this thread's event loop must have its turn. */
  #run(): void {
    const bus = this.#bus;
    if (bus === undefined || this.#paused) return;
    for (;;) {
      this.#words.thread = this.#tid;
      const exit = runDevices(this.#vcpu, bus);
      if (exit.reason !== 'interrupted') {
        this.#end(exit);
        return;
      }
      this.#vcpu.page.immediateExit = false;
      this.#words.thread = 0;
      if (this.#look()) return;
    }
  }

  /** Takes the requests, after the flag was cleared. @returns whether the guest must wait */
  #look(): boolean {
    const requests = this.#words.take();
    if ((requests & Request.stop) !== 0) {
      this.#end({ reason: 'stopped' });
    } else if ((requests & Request.pause) !== 0) {
      this.#paused = true;
      this.#pauses++;
      this.#tell({ type: 'paused' });
    } else if ((requests & Request.kick) !== 0 && this.#bus !== undefined) {
      this.#runAfterMessages();
    }
    return requests !== 0;
  }

  #obey(message: ToVcpu): void {
    switch (message.type) {
      case 'look':
        // A running thread sees requests in #run; one that waits, for its devices or paused, only here.
        if (this.#loading) setTimeout(() => this.#loading && this.#lookAside(), loadPatience);
        else if (this.#paused || this.#bus === undefined) this.#lookAside();
        return;
      case 'resume':
        if (message.pauses < this.#pauses) return;
        this.#paused = false;
        this.#run();
        return;
      case 'call':
        this.#answer(message.id, message.name, message.args);
        return;
      case 'post':
        if (this.#bus === undefined) this.#early.push(message.message);
        else this.#listener?.(message.message);
    }
  }

  #answer(id: number, name: string, args: unknown[]): void {
    try {
      if (!isStateCall(name)) throw new TypeError(`no such call: ${name}`);
      const value: unknown = Reflect.apply(this.#vcpu.state[name], this.#vcpu.state, args);
      this.#tell({ type: 'answer', id, value });
    } catch (error) {
      this.#tell({ type: 'refusal', id, refusal: refusalOf(error) });
    }
  }

  #end(outcome: VcpuOutcome): void {
    this.#tell({ type: 'ended', outcome });
    process.exit(0);
  }

  /** However the thread ends. What its devices may still be reading is left to the handle to unmap. */
  #leave(): void {
    this.#words.thread = 0;
    this.#interrupt?.close();
    this.#vcpu.close();
    this.#memory.close();
    this.#tell({ type: 'leftovers', ranges: takeLeftovers() });
  }

  #tell(message: FromVcpu): void {
    this.#port.postMessage(message);
  }
}

if (parentPort !== null) {
  // The handle starts this module with exactly this.
  const start = workerData as VcpuStart;
  await new VcpuThread(parentPort, start).begin(start);
}
