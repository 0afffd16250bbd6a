/** What `/dev/kvm` tells on x86-64 alone: cpuid and MSRs (linux/kvm.h, asm/kvm.h). */
import { iowr } from '../../ioctl.js';
import { struct, u32 } from '../../struct.js';
import { KVMIO } from '../system.js';

/** A flexible array of `kvmCpuidEntry2` follows. */
export const kvmCpuid2 = struct('kvm_cpuid2', 8, { nent: u32(0) });

export const kvmCpuidEntry2 = struct('kvm_cpuid_entry2', 40, {
  function: u32(0),
  index: u32(4),
  flags: u32(8),
  eax: u32(12),
  ebx: u32(16),
  ecx: u32(20),
  edx: u32(24),
});

/** A flexible array of u32 follows. */
export const kvmMsrList = struct('kvm_msr_list', 4, { nmsrs: u32(0) });

export const KVM_GET_MSR_INDEX_LIST = iowr(KVMIO, 0x02, kvmMsrList);
export const KVM_GET_SUPPORTED_CPUID = iowr(KVMIO, 0x05, kvmCpuid2);
export const KVM_GET_EMULATED_CPUID = iowr(KVMIO, 0x09, kvmCpuid2);
export const KVM_GET_MSR_FEATURE_INDEX_LIST = iowr(KVMIO, 0x0a, kvmMsrList);
