/** What `/dev/kvm` tells on x86-64 alone: cpuid and MSRs. */
import {
  KVM_GET_EMULATED_CPUID,
  KVM_GET_MSR_FEATURE_INDEX_LIST,
  KVM_GET_MSR_INDEX_LIST,
  KVM_GET_SUPPORTED_CPUID,
} from '../../../native/kvm/x86_64/system.js';
import type { Descriptor } from '../../codec/index.js';
import { type CpuidEntry, readCpuid, readMsrList } from './cpuid.js';

/**
 * What KVM has on x86-64 alone, as `kvm.x86`.
 *
 * @example
 * vcpu.state.setCpuid(kvm.x86.supportedCpuid());
 */
export class X86Kvm {
  readonly #kvm: Descriptor;

  constructor(kvm: Descriptor) {
    this.#kvm = kvm;
  }

  /** KVM_GET_SUPPORTED_CPUID: what a guest can be given. */
  supportedCpuid(): CpuidEntry[] {
    return readCpuid(this.#kvm.fd, KVM_GET_SUPPORTED_CPUID, 'KVM_GET_SUPPORTED_CPUID');
  }

  /** KVM_GET_EMULATED_CPUID: what KVM can emulate although the processor lacks it. */
  emulatedCpuid(): CpuidEntry[] {
    return readCpuid(this.#kvm.fd, KVM_GET_EMULATED_CPUID, 'KVM_GET_EMULATED_CPUID');
  }

  /** KVM_GET_MSR_INDEX_LIST: the MSRs that a vCPU's state consists of. */
  msrs(): number[] {
    return readMsrList(this.#kvm.fd, KVM_GET_MSR_INDEX_LIST, 'KVM_GET_MSR_INDEX_LIST');
  }

  /** KVM_GET_MSR_FEATURE_INDEX_LIST: the MSRs that tell features of the host. */
  featureMsrs(): number[] {
    const operation = 'KVM_GET_MSR_FEATURE_INDEX_LIST';
    return readMsrList(this.#kvm.fd, KVM_GET_MSR_FEATURE_INDEX_LIST, operation);
  }
}
