/** Whether an exit means that the memory behind a slot is gone. */
import { NativeBlock } from '../../native/block.js';
import { KVM_EXIT_MEMORY_FAULT } from '../../native/kvm/numbers.js';
import { kvmRun } from '../../native/kvm/vcpu.js';
import { iovec, process_vm_readv } from '../../native/memory.js';
import { type VcpuState, instructionAddress } from './arch.js';
import type { MemoryFaultExit } from './exits.js';
import type { RunPage } from './run-page.js';
import type { SlotTable } from './slots.js';

const dataAt = 2 * iovec.size;
let block: NativeBlock | undefined;

/** Whether one byte of this process's memory can't be read, asked of the kernel, which survives the answer. */
function isGone(host: number): boolean {
  block ??= new NativeBlock(dataAt + 1);
  for (const [at, base] of [
    [0, block.address + dataAt],
    [iovec.size, host],
  ] as const) {
    block.view.setBigUint64(at + iovec.iov_base, BigInt(base), true);
    block.view.setBigUint64(at + iovec.iov_len, 1n, true);
  }
  return process_vm_readv(process.pid, block.address, 1, block.address + iovec.size, 1, 0) !== 1;
}

/** Whether a slot shows memory at this guest physical address that is no longer there. */
function isVanished(slots: SlotTable, address: bigint): boolean {
  const slot = slots.find(address);
  return slot !== undefined && isGone(slot.host + Number(address - slot.start));
}

/** An MMIO exit, unless a device or nothing is meant. */
export function accessFault(slots: SlotTable, address: bigint): MemoryFaultExit | undefined {
  if (!isVanished(slots, address)) return undefined;
  return { reason: 'memoryFault', form: 'access', address };
}

/** An internal error, unless KVM really can't emulate what it read. */
export function fetchFault(slots: SlotTable, state: VcpuState): MemoryFaultExit | undefined {
  const address = instructionAddress(state);
  if (address === undefined || !isVanished(slots, address)) return undefined;
  return { reason: 'memoryFault', form: 'fetch', address };
}

/** EFAULT from KVM_RUN. */
export function runFault(page: RunPage): MemoryFaultExit {
  const described = page.exitReason === KVM_EXIT_MEMORY_FAULT;
  return {
    reason: 'memoryFault',
    form: 'fault',
    address: described ? page.u64(kvmRun.memory_fault.gpa) : undefined,
  };
}
