/** KVM's structs and calls of a vCPU (Documentation/virt/kvm/api.rst, linux/kvm.h). */
import { io, ior, iow } from '../ioctl.js';
import { struct, u32 } from '../struct.js';
import { KVMIO } from './system.js';

export const kvmMpState = struct('kvm_mp_state', 4, { mpState: u32(0) });

/**
 * The page that the kernel and a vCPU's thread share. Members of its union are named as in C, the
 * last for KVM_EXIT_MEMORY_FAULT, which came with Linux 6.8.
 */
export const kvmRun = {
  name: 'kvm_run',
  request_interrupt_window: 0,
  immediate_exit: 1,
  exit_reason: 8,
  ready_for_interrupt_injection: 12,
  if_flag: 13,
  hw: { hardware_exit_reason: 32 },
  fail_entry: { hardware_entry_failure_reason: 32, cpu: 40 },
  io: { direction: 32, size: 33, port: 34, count: 36, data_offset: 40 },
  mmio: { phys_addr: 32, data: 40, len: 48, is_write: 52 },
  internal: { suberror: 32, ndata: 36, data: 40 },
  system_event: { type: 32, ndata: 36, data: 40 },
  eoi: { vector: 32 },
  memory_fault: { gpa: 40 },
} as const;

export const KVM_RUN = io(KVMIO, 0x80);
export const KVM_GET_MP_STATE = ior(KVMIO, 0x98, kvmMpState);
export const KVM_SET_MP_STATE = iow(KVMIO, 0x99, kvmMpState);
