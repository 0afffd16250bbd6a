/** Why a vCPU came back from the guest. */
import {
  KVM_EXIT_FAIL_ENTRY,
  KVM_EXIT_INTERNAL_ERROR,
  KVM_EXIT_MMIO,
  KVM_EXIT_SYSTEM_EVENT,
} from '../../native/kvm/numbers.js';
import { kvmRun } from '../../native/kvm/vcpu.js';
import { type ArchExit, exitReaders } from './arch.js';
import type { RunPage } from './run-page.js';

/** An access to a guest physical address without memory, or a write to read-only memory. */
export interface MmioExit {
  readonly reason: 'mmio';
  /** Guest physical address. */
  readonly address: bigint;
  readonly write: boolean;
  /** 1 to 8 bytes, in memory shared with KVM: what was written, or where what is read belongs. Valid until the vCPU runs again. */
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

/** An exit that has no name here. */
export interface UnknownExit {
  readonly reason: 'unknown';
  /** KVM_EXIT_… in linux/kvm.h. */
  readonly number: number;
  /** For number 0, the processor's own reason. */
  readonly hardwareReason: bigint;
}

/** A signal came, or the immediate exit was asked for. */
export interface InterruptedExit {
  readonly reason: 'interrupted';
}

/** Why a vCPU came back. */
export type Exit =
  | MmioExit
  | MemoryFaultExit
  | FailEntryExit
  | InternalErrorExit
  | SystemEventExit
  | UnknownExit
  | InterruptedExit
  | ArchExit;

/** KVM's data array holds 16 words. */
function dataWords(page: RunPage, at: number, count: number): bigint[] {
  return Array.from({ length: Math.min(count, 16) }, (_, index) => page.u64(at + index * 8));
}

/** Reads what the page tells of an exit, by its number: those of every architecture, and this one's own. */
const readers: Readonly<Record<number, (page: RunPage) => Exit>> = {
  ...exitReaders,
  [KVM_EXIT_MMIO]: (page) => ({
    reason: 'mmio',
    address: page.u64(kvmRun.mmio.phys_addr),
    write: page.mmioIsWrite,
    data: page.mmioData(),
  }),
  [KVM_EXIT_FAIL_ENTRY]: (page) => ({
    reason: 'failEntry',
    hardwareReason: page.u64(kvmRun.fail_entry.hardware_entry_failure_reason),
    cpu: page.u32(kvmRun.fail_entry.cpu),
  }),
  [KVM_EXIT_INTERNAL_ERROR]: (page) => ({
    reason: 'internalError',
    suberror: page.u32(kvmRun.internal.suberror),
    data: dataWords(page, kvmRun.internal.data, page.u32(kvmRun.internal.ndata)),
  }),
  [KVM_EXIT_SYSTEM_EVENT]: (page) => ({
    reason: 'systemEvent',
    type: page.u32(kvmRun.system_event.type),
    data: dataWords(page, kvmRun.system_event.data, page.u32(kvmRun.system_event.ndata)),
  }),
};

/** The exit that the page describes, after KVM_RUN has returned 0. */
export function decodeExit(page: RunPage): Exit {
  const { exitReason } = page;
  return (
    readers[exitReason]?.(page) ?? {
      reason: 'unknown',
      number: exitReason,
      hardwareReason: page.u64(kvmRun.hw.hardware_exit_reason),
    }
  );
}
