/** The state of a vCPU: registers and what else KVM keeps for it. */
import { errno } from '../../../native/errno.js';
import { KVM_GUESTDBG_ENABLE, KVM_GUESTDBG_SINGLESTEP } from '../../../native/kvm/numbers.js';
import { KVM_GET_MP_STATE, KVM_SET_MP_STATE, kvmMpState } from '../../../native/kvm/vcpu.js';
import {
  KVM_GUESTDBG_USE_HW_BP,
  KVM_GUESTDBG_USE_SW_BP,
} from '../../../native/kvm/x86_64/numbers.js';
import {
  KVM_GET_CPUID2,
  KVM_GET_DEBUGREGS,
  KVM_GET_FPU,
  KVM_GET_LAPIC,
  KVM_GET_MSRS,
  KVM_GET_REGS,
  KVM_GET_SREGS,
  KVM_GET_TSC_KHZ,
  KVM_GET_VCPU_EVENTS,
  KVM_GET_XCRS,
  KVM_GET_XSAVE,
  KVM_INTERRUPT,
  KVM_NMI,
  KVM_SET_CPUID2,
  KVM_SET_DEBUGREGS,
  KVM_SET_FPU,
  KVM_SET_GUEST_DEBUG,
  KVM_SET_LAPIC,
  KVM_SET_MSRS,
  KVM_SET_REGS,
  KVM_SET_SREGS,
  KVM_SET_TSC_KHZ,
  KVM_SET_VCPU_EVENTS,
  KVM_SET_XCRS,
  KVM_SET_XSAVE,
  KVM_TRANSLATE,
  kvmDebugregs,
  kvmFpu,
  kvmGuestDebug,
  kvmInterrupt,
  kvmLapicState,
  kvmMsrEntry,
  kvmMsrs,
  kvmRegs,
  kvmSregs,
  kvmTranslation,
  kvmVcpuEvents,
  kvmXcr,
  kvmXcrs,
  kvmXsave,
} from '../../../native/kvm/x86_64/vcpu.js';
import { type StructValue, readStruct, writeStruct } from '../../../native/struct.js';
import type { Descriptor } from '../../codec/index.js';
import { SystemError } from '../../errors.js';
import { checkBigint, checkInteger } from '../../arguments.js';
import { getStruct, giveStruct, kvmCall, structMemory } from '../call.js';
import { type CpuidEntry, readCpuid, writeCpuid } from './cpuid.js';

/** General registers, rip and rflags. */
export interface Registers extends StructValue<typeof kvmRegs> {}
/** Segments, tables, control registers and efer. */
export interface SpecialRegisters extends StructValue<typeof kvmSregs> {}
/** One segment of `SpecialRegisters`. */
export type Segment = SpecialRegisters['cs'];
/** x87 and SSE registers. */
export interface Fpu extends StructValue<typeof kvmFpu> {}
export interface DebugRegisters extends StructValue<typeof kvmDebugregs> {}
/** Exceptions, interrupts and NMIs on their way. */
export interface VcpuEvents extends StructValue<typeof kvmVcpuEvents> {}
/** An extended control register: number 0 is XCR0. */
export interface Xcr extends StructValue<typeof kvmXcr> {}
/** A model-specific register. */
export interface Msr extends StructValue<typeof kvmMsrEntry> {}
/** Where an address of the guest leads through its page tables. */
export interface Translation extends StructValue<typeof kvmTranslation> {}

/** What of the guest leaves with a `debug` exit. */
export interface GuestDebug {
  /** Every instruction. */
  readonly singleStep?: boolean | undefined;
  /** INT3 instructions that the host has written into the guest. */
  readonly softwareBreakpoints?: boolean | undefined;
  /** The execution of these linear addresses, at most 4; the guest's own debug registers are out of use. */
  readonly hardwareBreakpoints?: readonly bigint[] | undefined;
}

const mpStates = ['runnable', 'uninitialized', 'initReceived', 'halted', 'sipiReceived'] as const;

/** What a vCPU of a multiprocessor is doing (KVM_MP_STATE_…). */
export type MpState = (typeof mpStates)[number];

/** What has to come first, where KVM tells no more than an errno. */
const needsChips = { EINVAL: 'make the interrupt controllers before this vCPU: createIrqchip' };

/**
 * Reads and writes a vCPU's state, as `vcpu.state`.
 *
 * Every call blocks while another thread runs the vCPU: it belongs to the thread that does. After an
 * `in` or an MMIO read the registers are as before it until the vCPU has been entered again
 * (`Vcpu.completeIo`).
 *
 * @example
 * const registers = vcpu.state.getRegisters();
 * vcpu.state.setRegisters({ ...registers, rip: 0x1000n, rflags: 2n });
 */
export class VcpuState {
  readonly #vcpu: Descriptor;

  constructor(vcpu: Descriptor) {
    this.#vcpu = vcpu;
  }

  /** KVM_GET_REGS. */
  getRegisters(): Registers {
    return getStruct(this.#vcpu.fd, KVM_GET_REGS, 'KVM_GET_REGS', kvmRegs);
  }

  /** KVM_SET_REGS. */
  setRegisters(registers: Registers): void {
    giveStruct(this.#vcpu.fd, KVM_SET_REGS, 'KVM_SET_REGS', kvmRegs, registers);
  }

  /** KVM_GET_SREGS. */
  getSpecialRegisters(): SpecialRegisters {
    return getStruct(this.#vcpu.fd, KVM_GET_SREGS, 'KVM_GET_SREGS', kvmSregs);
  }

  /** KVM_SET_SREGS. @throws SystemError EINVAL if the processor would not enter such a state */
  setSpecialRegisters(registers: SpecialRegisters): void {
    giveStruct(this.#vcpu.fd, KVM_SET_SREGS, 'KVM_SET_SREGS', kvmSregs, registers);
  }

  /** KVM_GET_FPU. */
  getFpu(): Fpu {
    return getStruct(this.#vcpu.fd, KVM_GET_FPU, 'KVM_GET_FPU', kvmFpu);
  }

  /** KVM_SET_FPU. */
  setFpu(fpu: Fpu): void {
    giveStruct(this.#vcpu.fd, KVM_SET_FPU, 'KVM_SET_FPU', kvmFpu, fpu);
  }

  /** KVM_GET_DEBUGREGS. */
  getDebugRegisters(): DebugRegisters {
    return getStruct(this.#vcpu.fd, KVM_GET_DEBUGREGS, 'KVM_GET_DEBUGREGS', kvmDebugregs);
  }

  /** KVM_SET_DEBUGREGS. */
  setDebugRegisters(registers: DebugRegisters): void {
    giveStruct(this.#vcpu.fd, KVM_SET_DEBUGREGS, 'KVM_SET_DEBUGREGS', kvmDebugregs, registers);
  }

  /**
   * KVM_SET_GUEST_DEBUG: what leaves the guest from now on; nothing does at first, and again after `{}`.
   *
   * @example
   * vcpu.state.setGuestDebug({ singleStep: true });
   * vcpu.run(); // { reason: 'debug', pc: … }
   */
  setGuestDebug(debug: GuestDebug): void {
    const { singleStep = false, softwareBreakpoints = false, hardwareBreakpoints = [] } = debug;
    checkInteger('KVM_SET_GUEST_DEBUG', 'breakpoints', hardwareBreakpoints.length, 0, 4);
    const control =
      (singleStep ? KVM_GUESTDBG_ENABLE | KVM_GUESTDBG_SINGLESTEP : 0) |
      (softwareBreakpoints ? KVM_GUESTDBG_ENABLE | KVM_GUESTDBG_USE_SW_BP : 0) |
      (hardwareBreakpoints.length > 0 ? KVM_GUESTDBG_ENABLE | KVM_GUESTDBG_USE_HW_BP : 0);
    // DR7 turns each of DR0 to DR3 on with a bit of its own; no length and no kind mean execution.
    const dr7 = hardwareBreakpoints.reduce(
      (bits, _, index) => bits | (2n << BigInt(2 * index)),
      0n,
    );
    const debugreg = [0, 1, 2, 3].map((index) => hardwareBreakpoints[index] ?? 0n);
    const arch = { debugreg: [...debugreg, 0n, 0n, 0n, dr7] };
    giveStruct(this.#vcpu.fd, KVM_SET_GUEST_DEBUG, 'KVM_SET_GUEST_DEBUG', kvmGuestDebug, {
      control,
      arch,
    });
  }

  /** KVM_GET_XCRS. */
  getXcrs(): Xcr[] {
    const { nrXcrs, xcrs } = getStruct(this.#vcpu.fd, KVM_GET_XCRS, 'KVM_GET_XCRS', kvmXcrs);
    const view = new DataView(xcrs.buffer);
    return Array.from({ length: nrXcrs }, (_, index) =>
      readStruct(kvmXcr, view, index * kvmXcr.size),
    );
  }

  /** KVM_SET_XCRS, at most 16. */
  setXcrs(values: readonly Xcr[]): void {
    checkInteger('KVM_SET_XCRS', 'number of registers', values.length, 0, 16);
    const xcrs = new Uint8Array(16 * kvmXcr.size);
    const view = new DataView(xcrs.buffer);
    values.forEach((value, index) => {
      writeStruct(kvmXcr, view, index * kvmXcr.size, value);
    });
    const value = { nrXcrs: values.length, flags: 0, xcrs };
    giveStruct(this.#vcpu.fd, KVM_SET_XCRS, 'KVM_SET_XCRS', kvmXcrs, value);
  }

  /** KVM_GET_XSAVE: 4096 bytes, laid out as the XSAVE instruction does. */
  getXsave(): Uint8Array {
    return getStruct(this.#vcpu.fd, KVM_GET_XSAVE, 'KVM_GET_XSAVE', kvmXsave).region;
  }

  /** KVM_SET_XSAVE. */
  setXsave(region: Uint8Array): void {
    giveStruct(this.#vcpu.fd, KVM_SET_XSAVE, 'KVM_SET_XSAVE', kvmXsave, { region });
  }

  /**
   * KVM_GET_MSRS.
   *
   * @throws SystemError EINVAL, naming it, if there is no such MSR
   */
  getMsrs(indices: readonly number[]): Msr[] {
    const entries = indices.map((index) => ({ index, data: 0n }));
    const view = this.#msrs(KVM_GET_MSRS, 'KVM_GET_MSRS', entries);
    return entries.map((_, at) =>
      readStruct(kvmMsrEntry, view, kvmMsrs.size + at * kvmMsrEntry.size),
    );
  }

  /** KVM_SET_MSRS. @throws SystemError EINVAL, naming it, if one is refused; those before it are set */
  setMsrs(msrs: readonly Msr[]): void {
    this.#msrs(KVM_SET_MSRS, 'KVM_SET_MSRS', msrs);
  }

  /** KVM_GET_CPUID2: what the guest is told. */
  getCpuid(): CpuidEntry[] {
    return readCpuid(this.#vcpu.fd, KVM_GET_CPUID2, 'KVM_GET_CPUID2');
  }

  /** KVM_SET_CPUID2, once and before the vCPU has run: usually what `kvm.x86.supportedCpuid` gave. */
  setCpuid(entries: readonly CpuidEntry[]): void {
    writeCpuid(this.#vcpu.fd, KVM_SET_CPUID2, 'KVM_SET_CPUID2', entries);
  }

  /** KVM_GET_LAPIC: the registers of the local APIC, 1024 bytes. @throws SystemError EINVAL without one */
  getLapic(): Uint8Array {
    return getStruct(this.#vcpu.fd, KVM_GET_LAPIC, 'KVM_GET_LAPIC', kvmLapicState, needsChips).regs;
  }

  /** KVM_SET_LAPIC. */
  setLapic(regs: Uint8Array): void {
    giveStruct(this.#vcpu.fd, KVM_SET_LAPIC, 'KVM_SET_LAPIC', kvmLapicState, { regs }, needsChips);
  }

  /** KVM_GET_MP_STATE. */
  getMpState(): MpState {
    const { mpState } = getStruct(this.#vcpu.fd, KVM_GET_MP_STATE, 'KVM_GET_MP_STATE', kvmMpState);
    const name = mpStates[mpState];
    if (name === undefined)
      throw new SystemError(errno.EINVAL, 'KVM_GET_MP_STATE', `state ${mpState}`);
    return name;
  }

  /** KVM_SET_MP_STATE. @throws SystemError EINVAL without interrupt controllers, but for `runnable` */
  setMpState(state: MpState): void {
    const mpState = mpStates.indexOf(state);
    giveStruct(
      this.#vcpu.fd,
      KVM_SET_MP_STATE,
      'KVM_SET_MP_STATE',
      kvmMpState,
      { mpState },
      needsChips,
    );
  }

  /** KVM_GET_VCPU_EVENTS. */
  getEvents(): VcpuEvents {
    return getStruct(this.#vcpu.fd, KVM_GET_VCPU_EVENTS, 'KVM_GET_VCPU_EVENTS', kvmVcpuEvents);
  }

  /** KVM_SET_VCPU_EVENTS. */
  setEvents(events: VcpuEvents): void {
    giveStruct(this.#vcpu.fd, KVM_SET_VCPU_EVENTS, 'KVM_SET_VCPU_EVENTS', kvmVcpuEvents, events);
  }

  /** KVM_GET_TSC_KHZ. */
  getTscKhz(): number {
    return kvmCall(this.#vcpu.fd, KVM_GET_TSC_KHZ, 0, 'KVM_GET_TSC_KHZ');
  }

  /** KVM_SET_TSC_KHZ. @throws SystemError EINVAL if the processor can't scale its counter so */
  setTscKhz(khz: number): void {
    checkInteger('KVM_SET_TSC_KHZ', 'frequency', khz, 1, 0x7fff_ffff);
    kvmCall(this.#vcpu.fd, KVM_SET_TSC_KHZ, khz, 'KVM_SET_TSC_KHZ');
  }

  /** KVM_INTERRUPT: queues a vector. @throws SystemError ENXIO with interrupt controllers in KVM, EEXIST */
  interrupt(vector: number): void {
    checkInteger('KVM_INTERRUPT', 'vector', vector, 0, 255);
    giveStruct(
      this.#vcpu.fd,
      KVM_INTERRUPT,
      'KVM_INTERRUPT',
      kvmInterrupt,
      { irq: vector },
      {
        ENXIO: 'the interrupt controllers are in KVM: raise a line with setLine',
      },
    );
  }

  /** KVM_NMI: queues a non-maskable interrupt. */
  nmi(): void {
    kvmCall(this.#vcpu.fd, KVM_NMI, 0, 'KVM_NMI');
  }

  /** KVM_TRANSLATE: walks the guest's page tables. `valid` is 0 if they lead nowhere. */
  translate(linearAddress: bigint): Translation {
    checkBigint('KVM_TRANSLATE', 'address', linearAddress, 0n, 2n ** 64n - 1n);
    const { address, view } = structMemory(kvmTranslation.size);
    const request = { linearAddress, physicalAddress: 0n, valid: 0, writeable: 0, usermode: 0 };
    writeStruct(kvmTranslation, view, 0, request);
    kvmCall(this.#vcpu.fd, KVM_TRANSLATE, address, 'KVM_TRANSLATE');
    return readStruct(kvmTranslation, view);
  }

  /** Both MSR calls stop at the first that is refused, and answer how many were not. */
  #msrs(request: number, operation: string, entries: readonly Msr[]): DataView {
    const { address, view } = structMemory(kvmMsrs.size + entries.length * kvmMsrEntry.size);
    writeStruct(kvmMsrs, view, 0, { nmsrs: entries.length });
    entries.forEach((entry, at) => {
      writeStruct(kvmMsrEntry, view, kvmMsrs.size + at * kvmMsrEntry.size, entry);
    });
    const done = kvmCall(this.#vcpu.fd, request, address, operation);
    const refused = entries[done];
    if (refused !== undefined) {
      throw new SystemError(errno.EINVAL, operation, `MSR 0x${refused.index.toString(16)}`);
    }
    return view;
  }
}

/** Every call of a state, by name: what another thread may ask for. */
export const stateCalls: Readonly<Record<keyof VcpuState, true>> = {
  getRegisters: true,
  setRegisters: true,
  getSpecialRegisters: true,
  setSpecialRegisters: true,
  getFpu: true,
  setFpu: true,
  getDebugRegisters: true,
  setDebugRegisters: true,
  setGuestDebug: true,
  getXcrs: true,
  setXcrs: true,
  getXsave: true,
  setXsave: true,
  getMsrs: true,
  setMsrs: true,
  getCpuid: true,
  setCpuid: true,
  getLapic: true,
  setLapic: true,
  getMpState: true,
  setMpState: true,
  getEvents: true,
  setEvents: true,
  getTscKhz: true,
  setTscKhz: true,
  interrupt: true,
  nmi: true,
  translate: true,
};
