/** The KVM device: what it can do, and new VMs. */
import { constants, openSync } from 'node:fs';
import { errno } from '../../native/errno.js';
import {
  KVM_API_VERSION,
  KVM_CREATE_VM,
  KVM_GET_API_VERSION,
  KVM_GET_VCPU_MMAP_SIZE,
} from '../../native/kvm/system.js';
import { requireKoffi } from '../../native/library.js';
import type { Descriptor } from '../codec/index.js';
import { invalidArgument } from '../arguments.js';
import { type OwnedFd, own } from '../descriptors/owned-fd.js';
import { SystemError } from '../errors.js';
import { X86Kvm } from './arch.js';
import { kvmCall } from './call.js';
import {
  type Capability,
  type CapabilityName,
  capabilityNames,
  checkExtension,
} from './capabilities.js';
import { Vm } from './vm.js';

const wrongDevice = 'this is not the KVM device';

const cures: Readonly<Record<string, string>> = {
  ENOENT: 'there is no KVM here: load kvm_intel or kvm_amd, or turn on (nested) virtualization',
  EACCES: 'no permission: add the user to the group that owns it, usually kvm',
  ENODEV: 'the processor or its firmware does not offer virtualization',
  ENXIO: 'the processor or its firmware does not offer virtualization',
  ENOTTY: wrongDevice,
};

function openFailure(error: unknown, path: string): SystemError {
  // Node's own errors carry the errno, negative.
  const number = error instanceof Error ? Reflect.get(error, 'errno') : undefined;
  if (typeof number !== 'number') return invalidArgument('open', 'path', path, 'a path');
  const known = new SystemError(Math.abs(number), 'open');
  const cure = cures[known.code];
  return new SystemError(known.errno, 'open', cure === undefined ? path : `${path} (${cure})`, {
    cause: error,
  });
}

/**
 * KVM on this machine.
 *
 * @example
 * using kvm = Kvm.open();
 * kvm.checkExtension('NR_MEMSLOTS'); // 32764
 * using vm = kvm.createVm();
 */
export class Kvm implements Descriptor, Disposable {
  /** What it tells on x86-64 alone: cpuid and MSRs. */
  readonly x86: X86Kvm;
  readonly #owned: OwnedFd;

  private constructor(owned: OwnedFd) {
    this.#owned = owned;
    this.x86 = new X86Kvm(owned);
  }

  /**
   * @throws SystemError ENOENT, EACCES, ENODEV, ENOTTY (some other file), each with what to do about
   *   it; ENOSYS if its interface isn't version 12; NativeLibraryError where no foreign call can be made
   */
  static open(path = '/dev/kvm'): Kvm {
    if (typeof path !== 'string') throw invalidArgument('open', 'path', path, 'a string');
    requireKoffi();
    let fd: number;
    try {
      fd = openSync(path, constants.O_RDWR);
    } catch (error) {
      throw openFailure(error, path);
    }
    const kvm = new Kvm(own(fd, path));
    try {
      kvm.#checkVersion(path);
    } catch (error) {
      kvm.close();
      throw error;
    }
    return kvm;
  }

  #checkVersion(path: string): void {
    let version: number;
    try {
      version = this.apiVersion;
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      throw new SystemError(error.errno, error.operation, `${path} (${wrongDevice})`);
    }
    if (version !== KVM_API_VERSION) {
      const found = `${path} (version ${version}, not ${KVM_API_VERSION})`;
      throw new SystemError(errno.ENOSYS, 'KVM_GET_API_VERSION', found);
    }
  }

  get fd(): number {
    return this.#owned.fd;
  }

  get closed(): boolean {
    return this.#owned.closed;
  }

  /** KVM_GET_API_VERSION: 12. */
  get apiVersion(): number {
    return kvmCall(this.fd, KVM_GET_API_VERSION, 0, 'KVM_GET_API_VERSION');
  }

  /**
   * KVM_CHECK_EXTENSION: 0 if it doesn't have the capability; more than 1 where the answer is a size
   * or a set of flags.
   *
   * @throws SystemError EINVAL for a name that is none
   */
  checkExtension(capability: Capability): number {
    return checkExtension(this.fd, capability);
  }

  /** Whether it has a capability at all. */
  hasExtension(capability: Capability): boolean {
    return this.checkExtension(capability) > 0;
  }

  /** Every named capability and its value. */
  capabilities(): Record<CapabilityName, number> {
    const values = capabilityNames.map((name) => [name, this.checkExtension(name)]);
    // The names are those of the table that was walked.
    return Object.fromEntries(values) as Record<CapabilityName, number>;
  }

  /** How many vCPUs a VM should have at most. 4 if KVM doesn't say, as api.rst has it. */
  get recommendedVcpus(): number {
    return this.checkExtension('NR_VCPUS') || 4;
  }

  /** How many vCPUs a VM can have at most. */
  get maxVcpus(): number {
    return this.checkExtension('MAX_VCPUS') || this.recommendedVcpus;
  }

  /** The number after the highest id that a vCPU can have. */
  get maxVcpuId(): number {
    return this.checkExtension('MAX_VCPU_ID') || this.maxVcpus;
  }

  /** How many memory slots a VM has. 32 if KVM doesn't say. */
  get memorySlots(): number {
    return this.checkExtension('NR_MEMSLOTS') || 32;
  }

  /** KVM_GET_VCPU_MMAP_SIZE: bytes that a vCPU and its thread share. */
  get vcpuMmapSize(): number {
    return kvmCall(this.fd, KVM_GET_VCPU_MMAP_SIZE, 0, 'KVM_GET_VCPU_MMAP_SIZE');
  }

  /**
   * KVM_CREATE_VM: a VM without memory, devices or vCPUs. It outlives this object.
   *
   * @throws SystemError ENOMEM, EMFILE, ENFILE
   */
  createVm(): Vm {
    const { vcpuMmapSize } = this;
    const fd = kvmCall(this.fd, KVM_CREATE_VM, 0, 'KVM_CREATE_VM');
    return Vm.adopt(own(fd, 'VM'), vcpuMmapSize);
  }

  /** Closes the device; VMs stay as they are. */
  close(): void {
    this.#owned.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
