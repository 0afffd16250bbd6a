/** A machine: RAM, interrupt controllers and one vCPU under KVM, running a flat image of 64-bit code. */
import { checkBytes } from '../arguments.js';
import { systemError } from '../errors.js';
import { Kvm } from '../kvm/kvm.js';
import { setUpLongMode } from '../kvm/x86_64/boot.js';
import { VcpuHandle, type VcpuHandleOptions } from './vcpu-handle.js';
import type { VcpuOutcome } from './vcpu-messages.js';
import type { Vcpu } from '../kvm/vcpu.js';
import type { Vm } from '../kvm/vm.js';
import { GuestMemory } from '../memory/guest-memory.js';

/** What to boot. */
export interface MachineOptions {
  /** The guest: position-independent or linked for `entry`, entered at its first byte. */
  readonly image: Uint8Array;
  /** Where it is loaded, a guest physical address. Default 1 MiB. */
  readonly entry?: bigint | undefined;
  /** Bytes of RAM from address 0 on, whole pages. Default 2 MiB. */
  readonly ramSize?: number | undefined;
  /** The KVM device. Default `/dev/kvm`. */
  readonly kvm?: string | undefined;
  /** Takes what the guest prints on its serial port. */
  readonly onSerial?: ((bytes: Uint8Array) => void) | undefined;
  /** Other devices than the serial port at 0x3f8, which they replace. */
  readonly devices?: VcpuHandleOptions | undefined;
}

const defaultEntry = 0x10_0000n;
/** Bytes of RAM, unless more or less is asked for. */
export const defaultRamSize = 2 << 20;

/** Gathers bytes that come one by one, for as long as this turn of the event loop lasts. */
class SerialOutput {
  readonly #take: (bytes: Uint8Array) => void;
  #bytes: number[] = [];

  constructor(take: (bytes: Uint8Array) => void) {
    this.#take = take;
  }

  add(byte: unknown): void {
    if (this.#bytes.push(Number(byte)) === 1) setImmediate(() => this.flush());
  }

  flush(): void {
    if (this.#bytes.length === 0) return;
    const bytes = Uint8Array.from(this.#bytes);
    this.#bytes = [];
    this.#take(bytes);
  }
}

/**
 * A running machine: RAM from address 0 on, the PC's interrupt controllers in the kernel, one vCPU in a
 * thread of its own, and a serial port at 0x3f8. Every address of RAM and of the first GiB of device
 * memory (from 1 << 38 on) means itself.
 *
 * @example
 * const machine = Machine.boot({ image, onSerial: (bytes) => process.stdout.write(bytes) });
 * const outcome = await machine.join(); // { reason: 'shutdown' }
 * await machine.close();
 */
export class Machine implements AsyncDisposable {
  readonly memory: GuestMemory;
  readonly vm: Vm;
  readonly vcpu: VcpuHandle;
  readonly #serial: SerialOutput;

  private constructor(memory: GuestMemory, vm: Vm, vcpu: VcpuHandle, serial: SerialOutput) {
    this.memory = memory;
    this.vm = vm;
    this.vcpu = vcpu;
    this.#serial = serial;
  }

  /**
   * Loads the image and starts the vCPU.
   *
   * @throws SystemError as `Kvm.open`; EFAULT if the image and the guest's tables don't fit into RAM;
   *   EINVAL, EMFILE, ENOMEM. Nothing is left behind.
   */
  static boot(options: MachineOptions): Machine {
    const { image, entry = defaultEntry, ramSize = defaultRamSize, onSerial = () => {} } = options;
    checkBytes('Machine', 'image', image);
    using kvm = Kvm.open(options.kvm);
    const memory = GuestMemory.create([{ gpa: 0n, size: ramSize }]);
    let vm: Vm | undefined;
    try {
      vm = kvm.createVm();
      vm.addGuestMemory(memory);
      vm.x86.createIrqchip();
      const vcpu = vm.createVcpu(0);
      vcpu.state.setCpuid(kvm.x86.supportedCpuid());
      load(image, entry, vcpu, memory);
      const serial = new SerialOutput(onSerial);
      const devices = options.devices ?? serialDevices(serial);
      return new Machine(memory, vm, VcpuHandle.start(vcpu, devices), serial);
    } catch (error) {
      vm?.close();
      memory.close();
      throw error;
    }
  }

  /**
   * Waits until the guest has ended by itself, or was stopped.
   *
   * @throws VcpuError if the vCPU's thread failed
   */
  async join(): Promise<VcpuOutcome> {
    try {
      return await this.vcpu.join();
    } finally {
      this.#serial.flush();
    }
  }

  /** Stops the guest and gives everything back, device memory included; a second time does nothing. */
  async close(): Promise<void> {
    await this.vcpu[Symbol.asyncDispose]();
    this.#serial.flush();
    this.vm.close();
    this.memory.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

function serialDevices(serial: SerialOutput): VcpuHandleOptions {
  return {
    devices: new URL('./serial-devices.js', import.meta.url),
    onMessage: (byte) => serial.add(byte),
  };
}

function load(image: Uint8Array, entry: bigint, vcpu: Vcpu, memory: GuestMemory): void {
  const { tables } = setUpLongMode(vcpu, memory, { entry });
  if (entry + BigInt(image.length) > tables) {
    const subject = `image of ${image.length} bytes at 0x${entry.toString(16)}`;
    throw systemError(
      'EFAULT',
      'boot',
      `${subject} (the guest's tables begin at 0x${tables.toString(16)})`,
    );
  }
  memory.write(entry, image);
}
