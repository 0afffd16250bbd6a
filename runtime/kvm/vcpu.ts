/** A virtual CPU, in the hands of the thread that runs it. */
import { errno } from '../../native/errno.js';
import { ioctl } from '../../native/ioctl.js';
import { KVM_RUN } from '../../native/kvm/vcpu.js';
import { KVM_EXIT_INTERNAL_ERROR, KVM_EXIT_MMIO } from '../../native/kvm/numbers.js';
import { lastErrno } from '../../native/library.js';
import type { Descriptor } from '../codec/index.js';
import { SystemError, systemError } from '../errors.js';
import type { GuestMemory } from '../memory/guest-memory.js';
import { VcpuState } from './arch.js';
import { type Exit, decodeExit } from './exits.js';
import { accessFault, fetchFault, runFault } from './memory-fault.js';
import type { KickWords } from './kick.js';
import { RunPage } from './run-page.js';
import type { SlotTable } from './slots.js';

/** What KVM_RUN came to: an exit that the page describes, nothing (a signal), or a fault. */
export type RunResult = 'exit' | 'interrupted' | 'fault';

/** A descriptor for as long as the vCPU is this thread's. */
class LentDescriptor implements Descriptor {
  readonly #descriptor: Descriptor;
  readonly #subject: string;
  returned = false;

  constructor(descriptor: Descriptor, subject: string) {
    this.#descriptor = descriptor;
    this.#subject = subject;
  }

  get fd(): number {
    if (this.returned)
      throw systemError('EBADF', 'use', `${this.#subject} (closed, or runs elsewhere)`);
    return this.#descriptor.fd;
  }
}

/** Where a vCPU comes from. */
export interface VcpuOrigin {
  /** Its descriptor, borrowed: it stays open for as long as the `Vcpu` is. */
  readonly descriptor: Descriptor;
  readonly id: number;
  /** Bytes that it shares with KVM. */
  readonly mmapSize: number;
  readonly slots: SlotTable;
  /** The VM's RAM, for devices. */
  readonly memories: readonly GuestMemory[];
  /** What other threads ask of it, if it runs in a thread of its own. */
  readonly words?: KickWords | undefined;
}

/**
 * One vCPU. It belongs to one thread: `run` blocks that thread until the guest exits. To run it in a
 * thread of its own, `VcpuHandle.start` takes it over.
 *
 * @example
 * using vcpu = vm.createVcpu(0);
 * vcpu.state.setCpuid(kvm.x86.supportedCpuid());
 * const exit = vcpu.run();
 * if (exit.reason === 'io') console.log(exit.port, exit.data);
 */
export class Vcpu implements Disposable {
  readonly id: number;
  /** Its registers, and what else KVM keeps for it. */
  readonly state: VcpuState;
  /** Internal: what KVM shares with the thread. */
  readonly page: RunPage;
  readonly #origin: VcpuOrigin;
  readonly #lent: LentDescriptor;
  readonly #release: () => void;

  /** Internal: `Vm.createVcpu` makes them. `release` is called once, at the end. */
  constructor(origin: VcpuOrigin, release: () => void) {
    const lent = new LentDescriptor(origin.descriptor, `vCPU ${origin.id}`);
    this.id = origin.id;
    this.state = new VcpuState(lent);
    this.#origin = origin;
    this.#lent = lent;
    this.#release = release;
    this.page = new RunPage(origin.descriptor.fd, origin.mmapSize);
  }

  get closed(): boolean {
    return this.#lent.returned;
  }

  /**
   * KVM_RUN: enters the guest, and returns when it exits. What an `in` or MMIO read is to see must be
   * in the exit's `data` before the next call.
   *
   * @throws SystemError what KVM says, such as EBADF, ENOEXEC or EINVAL; never EINTR
   */
  run(): Exit {
    const result = this.enter();
    if (result === 'interrupted') return { reason: 'interrupted' };
    return this.exit(result);
  }

  /**
   * Finishes what is pending after an `io` or `mmio` exit, without running the guest any further:
   * from then on the registers show it. An access that KVM splits in two yields its second half here.
   */
  completeIo(): Exit | undefined {
    const { page } = this;
    page.immediateExit = true;
    try {
      const result = this.enter();
      return result === 'interrupted' ? undefined : this.exit(result);
    } finally {
      page.immediateExit = false;
      // A kick that came in between has lost its flag: it stands in the word.
      if (this.#origin.words?.pending === true) page.immediateExit = true;
    }
  }

  /** Internal: KVM_RUN, without an object for each exit. */
  enter(): RunResult {
    if (ioctl(this.#lent.fd, KVM_RUN, 0) !== -1) return 'exit';
    const number = lastErrno();
    // EAGAIN: a vCPU that waits to be started by another one was woken.
    if (number === errno.EINTR || number === errno.EAGAIN) return 'interrupted';
    if (number === errno.EFAULT) return 'fault';
    throw new SystemError(number, 'KVM_RUN', `vCPU ${this.id}`);
  }

  /** Internal: what `enter` came back with, as an object. */
  exit(result: 'exit' | 'fault'): Exit {
    const { page } = this;
    if (result === 'fault') return runFault(page);
    return this.#fault() ?? decodeExit(page);
  }

  #fault(): Exit | undefined {
    const { page } = this;
    switch (page.exitReason) {
      case KVM_EXIT_MMIO:
        return accessFault(this.#origin.slots, BigInt(page.mmioAddress));
      case KVM_EXIT_INTERNAL_ERROR:
        return fetchFault(this.#origin.slots, this.state);
      default:
        return undefined;
    }
  }

  /**
   * Internal: hands the vCPU over to a thread of its own. This object is closed from then on; whoever
   * takes the vCPU calls `release` at the end.
   */
  detach(): { readonly origin: VcpuOrigin; readonly release: () => void } {
    // Closed already is EBADF, like every other call.
    void this.#lent.fd;
    this.page.close();
    this.#lent.returned = true;
    return { origin: this.#origin, release: this.#release };
  }

  /** Gives up the vCPU; a second time does nothing. KVM keeps its id until the VM ends. */
  close(): void {
    if (!this.closed) this.detach().release();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
