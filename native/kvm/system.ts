/** KVM's calls of `/dev/kvm` (linux/kvm.h), each named as api.rst documents it. */
import { io } from '../ioctl.js';

/** The type of all KVM's requests. */
export const KVMIO = 0xae;

/** The version of the interface: the only one there has been since Linux 2.6.22. */
export const KVM_API_VERSION = 12;

export const KVM_GET_API_VERSION = io(KVMIO, 0x00);
export const KVM_CREATE_VM = io(KVMIO, 0x01);
export const KVM_CHECK_EXTENSION = io(KVMIO, 0x03);
export const KVM_GET_VCPU_MMAP_SIZE = io(KVMIO, 0x04);
