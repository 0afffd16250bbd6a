/** The runtime: sockets that carry descriptors, shared memory, KVM, and the control of virtual machines. */
export { FieldValueError, ProtocolError } from './codec/index.js';
export type { Descriptor, Policy } from './codec/index.js';
export {
  AddressSpace,
  VmControlError,
  type VmRequest,
  type VmResponse,
  type VmResponseByRequest,
} from '../generated/vm_control/vm_control.js';
export { SystemError } from './errors.js';

export { MaybeOwnedFd } from './descriptors/maybe-owned-fd.js';
export type { OwnedFd } from './descriptors/owned-fd.js';
export { FdSocket, socketPair } from './sockets/fd-socket.js';

export { AddressAllocator, BumpAllocator, type RangeAllocator } from './memory/allocator.js';
export { EventFd } from './memory/eventfd.js';
export { GuestMemory } from './memory/guest-memory.js';
export { MemoryMapping } from './memory/mapping.js';
export { SharedMemory } from './memory/shared-memory.js';

export { Kvm } from './kvm/kvm.js';
export { setUpLongMode } from './kvm/long-mode.js';
export type { Devices, DevicesContext } from './kvm/devices-module.js';
export type { Vcpu } from './kvm/vcpu.js';
export { VcpuError, VcpuHandle, type VcpuHandleOptions } from './kvm/vcpu-handle.js';
export type { VcpuOutcome } from './kvm/vcpu-messages.js';
export type { Vm } from './kvm/vm.js';
export { IoeventAddress, type VmTarget } from './kvm/vm-target.js';

export { type BusDevice, DeviceBus } from './devices/bus.js';
export { BalloonDevice, BalloonSocket, type BalloonTarget } from './devices/balloon.js';
export { Serial } from './devices/serial.js';

export type { ControlAccess } from './control/access.js';
export type { ControlAnswer, ControlRequest } from './control/answer.js';
export { type AuditEntry, auditLine } from './control/audit.js';
export { type ClientOptions, ControlClient } from './control/client.js';
export { ExecuteContext, type ExecuteOptions } from './control/context.js';
export { execute } from './control/execute.js';
export {
  recvVmRequest,
  recvVmResponse,
  sendVmRequest,
  sendVmResponse,
} from './control/messages.js';
export { VmRefusedError } from './control/refusal.js';
export { ControlServer, type ControlServerOptions, type ServeOptions } from './control/server.js';
export { SimulatedVm } from './control/simulated-vm.js';

export { Machine, type MachineOptions } from './vmm/machine.js';
export { Vmm, type VmmEnd, type VmmOptions } from './vmm/vmm.js';
