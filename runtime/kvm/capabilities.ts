/** What KVM, or one VM, can do. */
import { KVM_CHECK_EXTENSION } from '../../native/kvm/system.js';
import { kvmCapabilities } from '../../native/kvm/numbers.js';
import { checkInteger } from '../arguments.js';
import { kvmCall } from './call.js';

/** A capability by KVM's own name, without `KVM_CAP_`. */
export type CapabilityName = keyof typeof kvmCapabilities;

/** By name, or by number for one that has no name here. */
export type Capability = CapabilityName | number;

/** Every capability that has a name here. */
export const capabilityNames = Object.keys(kvmCapabilities) as readonly CapabilityName[]; // the table's own keys

/** @throws SystemError EINVAL if there is no such name, or it's no number */
export function capabilityNumber(operation: string, capability: Capability): number {
  const number = typeof capability === 'number' ? capability : kvmCapabilities[capability];
  checkInteger(operation, 'capability', number, 0, 0x7fff_ffff);
  return number;
}

/** KVM_CHECK_EXTENSION of `/dev/kvm` or of a VM. */
export function checkExtension(fd: number, capability: Capability): number {
  const operation = 'KVM_CHECK_EXTENSION';
  return kvmCall(fd, KVM_CHECK_EXTENSION, capabilityNumber(operation, capability), operation);
}
