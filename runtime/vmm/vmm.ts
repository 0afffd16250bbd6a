/** The control of a VM as a whole: its server, its balloon, what clients registered, and its end. */
import { invalidArgument } from '../arguments.js';
import { ExecuteContext, type ExecuteOptions } from '../control/context.js';
import { ControlServer, type ControlServerOptions } from '../control/server.js';
import { SimulatedVm } from '../vm/simulated.js';
import { BalloonDevice, BalloonSocket } from '../control/balloon-socket.js';
import type { VcpuOutcome } from '../machine/vcpu-messages.js';
import { socketPair } from '../sockets/fd-socket.js';
import { Machine } from '../machine/machine.js';

/** How a VM is controlled. */
export interface VmmOptions extends ControlServerOptions {
  /** Told of each adjustment of the balloon, in pages of 4096 bytes, as its device receives it. */
  readonly onBalloon?: ((pages: number) => void) | undefined;
  /** The rules for requests. */
  readonly execute?: Omit<ExecuteOptions, 'balloon'> | undefined;
}

/** Why a VM ended: a client asked it to exit, or its guest ended by itself. */
export type VmmEnd = { readonly reason: 'exitRequested' } | VcpuOutcome;

/**
 * A virtual machine monitor: a machine, and the sockets that it's controlled over.
 *
 * Signals are the program's to handle: the library installs no handlers. When one comes, `close`.
 *
 * @example
 * const vmm = new Vmm(Machine.boot({ image }), { onBalloon: (pages) => console.log(pages) });
 * vmm.server.listen('/run/vm.sock');
 * await vmm.ended; // { reason: 'exitRequested' }
 * await vmm.close();
 */
export class Vmm implements AsyncDisposable {
  readonly machine: Machine | SimulatedVm;
  /** What requests act on: `execute` it for requests that don't travel. */
  readonly context: ExecuteContext;
  readonly server: ControlServer;
  /** Resolves when the VM should be closed, or is: with `stopped`. Rejects with VcpuError if the vCPU's thread failed. */
  readonly ended: Promise<VmmEnd>;
  readonly #release: () => void;
  #resolveStopped: (end: VmmEnd) => void = () => {};

  /** Takes the machine over. If this throws, it is still the caller's. @throws SystemError EINVAL, EMFILE */
  constructor(machine: Machine | SimulatedVm, options: VmmOptions = {}) {
    if (!(machine instanceof Machine) && !(machine instanceof SimulatedVm)) {
      throw invalidArgument('Vmm', 'machine', machine, 'a Machine or a SimulatedVm');
    }
    const { onBalloon = () => {}, execute, ...serverOptions } = options;
    const [vmEnd, deviceEnd] = socketPair();
    let balloon: BalloonDevice | undefined;
    this.#release = () => {
      balloon?.close();
      deviceEnd.close();
      vmEnd.close();
    };
    this.machine = machine;
    const vm = machine instanceof Machine ? machine.vm : machine;
    try {
      balloon = new BalloonDevice(deviceEnd, onBalloon);
      this.context = new ExecuteContext(vm, { ...execute, balloon: new BalloonSocket(vmEnd) });
      this.server = new ControlServer(this.context, serverOptions);
    } catch (error) {
      this.#release();
      throw error;
    }
    const exited = this.server.exited.then((): VmmEnd => ({ reason: 'exitRequested' }));
    const stopped =
      machine instanceof Machine
        ? machine.join()
        : new Promise<VmmEnd>((resolve) => {
            this.#resolveStopped = resolve;
          });
    this.ended = Promise.race([exited, stopped]);
    // Whoever waits for the end hears of a failure, however late.
    this.ended.catch(() => {});
  }

  /** Ends everything in order: clients, guest, what they registered, VM. A second time does nothing. */
  async close(): Promise<void> {
    this.server.close();
    if (this.machine instanceof Machine) await this.machine.vcpu[Symbol.asyncDispose]();
    this.context.close();
    this.#release();
    await this.machine.close();
    this.#resolveStopped({ reason: 'stopped' });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
