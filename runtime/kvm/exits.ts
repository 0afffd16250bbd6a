/** Why a vCPU came back from the guest. */
import {
  KVM_EXIT_DEBUG,
  KVM_EXIT_FAIL_ENTRY,
  KVM_EXIT_HLT,
  KVM_EXIT_INTERNAL_ERROR,
  KVM_EXIT_IO,
  KVM_EXIT_IOAPIC_EOI,
  KVM_EXIT_IRQ_WINDOW_OPEN,
  KVM_EXIT_MMIO,
  KVM_EXIT_SHUTDOWN,
  KVM_EXIT_SYSTEM_EVENT,
} from '../../native/kvm/numbers.js';
import { kvmRun } from '../../native/kvm/vcpu.js';
import type { RunPage } from './run-page.js';

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

/** An access to a guest physical address without memory, or a write to read-only memory. */
export interface MmioExit {
  readonly reason: 'mmio';
  /** Guest physical address. */
  readonly address: bigint;
  readonly write: boolean;
  /** 1 to 8 bytes, in memory shared with KVM, as `IoExit.data`. */
  readonly data: Uint8Array;
}

/**
 * The memory behind a slot is gone: its owner truncated it. KVM reports that as an access without
 * memory (`access`), as an instruction that it can't emulate (`fetch`), or as EFAULT (`fault`).
 */
export interface MemoryFaultExit {
  readonly reason: 'memoryFault';
  readonly form: 'access' | 'fetch' | 'fault';
  /** Guest physical address, if KVM said which (Linux 6.8 and later, for a fault). */
  readonly address: bigint | undefined;
}

/** KVM refused to enter the guest. */
export interface FailEntryExit {
  readonly reason: 'failEntry';
  /** The processor's own reason. */
  readonly hardwareReason: bigint;
  /** The host's CPU. */
  readonly cpu: number;
}

/** KVM met something that it can't do. */
export interface InternalErrorExit {
  readonly reason: 'internalError';
  /** 1: an instruction that it can't emulate; 2 to 4: see KVM_INTERNAL_ERROR_… in linux/kvm.h. */
  readonly suberror: number;
  readonly data: readonly bigint[];
}

/** The guest shut down, reset or crashed by way of a paravirtual interface. */
export interface SystemEventExit {
  readonly reason: 'systemEvent';
  /** 1 shutdown, 2 reset, 3 crash, 4 wake-up, 5 suspend, 6 SEV termination. */
  readonly type: number;
  readonly data: readonly bigint[];
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

/** An exit that has no name here. */
export interface UnknownExit {
  readonly reason: 'unknown';
  /** KVM_EXIT_… in linux/kvm.h. */
  readonly number: number;
  /** For number 0, the processor's own reason. */
  readonly hardwareReason: bigint;
}

/**
 * Exits that tell nothing but themselves: `hlt` (HLT, without interrupt controllers in KVM),
 * `shutdown` (a triple fault), `irqWindowOpen`, and `interrupted`: a signal or the immediate exit.
 */
export interface PlainExit {
  readonly reason: 'hlt' | 'shutdown' | 'irqWindowOpen' | 'interrupted';
}

/** Why a vCPU came back. */
export type Exit =
  | IoExit
  | MmioExit
  | MemoryFaultExit
  | FailEntryExit
  | InternalErrorExit
  | SystemEventExit
  | DebugExit
  | IoapicEoiExit
  | UnknownExit
  | PlainExit;

/** KVM's data array holds 16 words. */
function dataWords(page: RunPage, at: number, count: number): bigint[] {
  return Array.from({ length: Math.min(count, 16) }, (_, index) => page.u64(at + index * 8));
}

/** The exit that the page describes, after KVM_RUN has returned 0. */
export function decodeExit(page: RunPage): Exit {
  const { exitReason } = page;
  switch (exitReason) {
    case KVM_EXIT_IO:
      return {
        reason: 'io',
        direction: page.ioIsOut ? 'out' : 'in',
        port: page.ioPort,
        size: page.ioSize,
        count: page.ioCount,
        data: page.ioData(),
      };
    case KVM_EXIT_MMIO:
      return {
        reason: 'mmio',
        address: page.u64(kvmRun.mmio.phys_addr),
        write: page.mmioIsWrite,
        data: page.mmioData(),
      };
    case KVM_EXIT_HLT:
      return { reason: 'hlt' };
    case KVM_EXIT_SHUTDOWN:
      return { reason: 'shutdown' };
    case KVM_EXIT_IRQ_WINDOW_OPEN:
      return { reason: 'irqWindowOpen' };
    case KVM_EXIT_FAIL_ENTRY:
      return {
        reason: 'failEntry',
        hardwareReason: page.u64(kvmRun.fail_entry.hardware_entry_failure_reason),
        cpu: page.u32(kvmRun.fail_entry.cpu),
      };
    case KVM_EXIT_INTERNAL_ERROR:
      return {
        reason: 'internalError',
        suberror: page.u32(kvmRun.internal.suberror),
        data: dataWords(page, kvmRun.internal.data, page.u32(kvmRun.internal.ndata)),
      };
    case KVM_EXIT_SYSTEM_EVENT:
      return {
        reason: 'systemEvent',
        type: page.u32(kvmRun.system_event.type),
        data: dataWords(page, kvmRun.system_event.data, page.u32(kvmRun.system_event.ndata)),
      };
    case KVM_EXIT_DEBUG:
      return {
        reason: 'debug',
        exception: page.u32(kvmRun.debug.arch.exception),
        pc: page.u64(kvmRun.debug.arch.pc),
        dr6: page.u64(kvmRun.debug.arch.dr6),
        dr7: page.u64(kvmRun.debug.arch.dr7),
      };
    case KVM_EXIT_IOAPIC_EOI:
      return { reason: 'ioapicEoi', vector: page.u8(kvmRun.eoi.vector) };
    default:
      return {
        reason: 'unknown',
        number: exitReason,
        hardwareReason: page.u64(kvmRun.hw.hardware_exit_reason),
      };
  }
}
