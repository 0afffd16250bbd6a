/** The exits that only x86-64 has, and where a vCPU was when it left the guest. */
import {
  KVM_EXIT_DEBUG,
  KVM_EXIT_HLT,
  KVM_EXIT_IO,
  KVM_EXIT_IOAPIC_EOI,
  KVM_EXIT_IRQ_WINDOW_OPEN,
  KVM_EXIT_SHUTDOWN,
} from '../../../native/kvm/numbers.js';
import { kvmRun } from '../../../native/kvm/vcpu.js';
import { kvmRunDebug } from '../../../native/kvm/x86_64/vcpu.js';
import type { RunPage } from '../run-page.js';
import type { VcpuState } from './state.js';

/** IN, OUT and their string forms. */
export interface IoExit {
  readonly reason: 'io';
  readonly direction: 'in' | 'out';
  readonly port: number;
  /** Bytes of one access: 1, 2 or 4. */
  readonly size: number;
  /** How many accesses: more than one for string instructions. */
  readonly count: number;
  /**
   * All `size * count` bytes, in memory shared with KVM: what was written, or where what is read
   * belongs. Valid until the vCPU runs again.
   */
  readonly data: Uint8Array;
}

/** A breakpoint or single step that the host asked for. */
export interface DebugExit {
  readonly reason: 'debug';
  readonly exception: number;
  readonly pc: bigint;
  readonly dr6: bigint;
  readonly dr7: bigint;
}

/** The guest ended a level-triggered interrupt (split interrupt controllers only). */
export interface IoapicEoiExit {
  readonly reason: 'ioapicEoi';
  readonly vector: number;
}

/**
 * Exits that tell nothing but themselves: `hlt` (HLT, without interrupt controllers in KVM),
 * `shutdown` (a triple fault) and `irqWindowOpen`.
 */
export interface PlainExit {
  readonly reason: 'hlt' | 'shutdown' | 'irqWindowOpen';
}

/** An exit that other architectures don't have. */
export type ArchExit = IoExit | DebugExit | IoapicEoiExit | PlainExit;

/** Reads what the page tells of an exit, by its number. */
export const exitReaders: Readonly<Record<number, (page: RunPage) => ArchExit>> = {
  [KVM_EXIT_IO]: (page) => ({
    reason: 'io',
    direction: page.ioIsOut ? 'out' : 'in',
    port: page.ioPort,
    size: page.ioSize,
    count: page.ioCount,
    data: page.ioData(),
  }),
  [KVM_EXIT_HLT]: () => ({ reason: 'hlt' }),
  [KVM_EXIT_SHUTDOWN]: () => ({ reason: 'shutdown' }),
  [KVM_EXIT_IRQ_WINDOW_OPEN]: () => ({ reason: 'irqWindowOpen' }),
  [KVM_EXIT_DEBUG]: (page) => ({
    reason: 'debug',
    exception: page.u32(kvmRunDebug.debug.arch.exception),
    pc: page.u64(kvmRunDebug.debug.arch.pc),
    dr6: page.u64(kvmRunDebug.debug.arch.dr6),
    dr7: page.u64(kvmRunDebug.debug.arch.dr7),
  }),
  [KVM_EXIT_IOAPIC_EOI]: (page) => ({ reason: 'ioapicEoi', vector: page.u8(kvmRun.eoi.vector) }),
};

/** The guest physical address of the next instruction, if the guest's page tables lead to one. */
export function instructionAddress(state: VcpuState): bigint | undefined {
  const { base } = state.getSpecialRegisters().cs;
  const linear = BigInt.asUintN(64, base + state.getRegisters().rip);
  const { valid, physicalAddress } = state.translate(linear);
  return valid === 0 ? undefined : physicalAddress;
}
