/** The runtime: sockets that carry descriptors, shared memory, KVM, and the control of virtual machines. */
export { FieldValueError, ProtocolError } from './codec/index.js';
export type { Descriptor, Policy, ProtocolErrorKind } from './codec/index.js';
export {
  AddressSpace,
  VmControlError,
  type VmRequest,
  type VmResponse,
  type VmResponseByRequest,
} from '../generated/vm_control/vm_control.js';
export { SystemError } from './errors.js';
export type { ErrnoName } from '../native/errno.js';
export { NativeLibraryError } from '../native/library.js';

export { MaybeOwnedFd } from './descriptors/maybe-owned-fd.js';
export { OwnedFd } from './descriptors/owned-fd.js';
export { FdSocket, socketPair } from './sockets/fd-socket.js';
export type {
  BindOptions,
  ConnectAsyncOptions,
  ConnectOptions,
  ListenOptions,
  Received,
  RecvAsyncOptions,
  RecvOptions,
  SendOptions,
} from './sockets/arguments.js';
export type { Credentials } from './sockets/packet-block.js';
export type { FileAccess } from './sockets/socket-file.js';
export type { SocketType } from './sockets/socket-options.js';
export { type AddressLike, UnixAddress } from './sockets/unix-address.js';
export type { WaitOptions } from './events/patience.js';

export { AddressAllocator, BumpAllocator, type RangeAllocator } from './memory/allocator.js';
export { EventFd, type EventFdOptions, type EventFdToken } from './memory/eventfd.js';
export {
  type Gpa,
  GuestMemory,
  type GuestMemoryToken,
  type GuestRegion,
  type RegionOptions,
} from './memory/guest-memory.js';
export { type MapOptions, MemoryMapping, type ViewConstructor } from './memory/mapping.js';
export {
  SharedMemory,
  type SharedMemoryOptions,
  type SharedMemoryToken,
} from './memory/shared-memory.js';
export type { Seals } from './memory/backing.js';

export { Kvm } from './kvm/kvm.js';
export {
  type IdentityRange,
  type LongModeLayout,
  type LongModeOptions,
  setUpLongMode,
} from './kvm/x86_64/boot.js';
export type { Capability, CapabilityName } from './kvm/capabilities.js';
export type { CpuidEntry } from './kvm/x86_64/cpuid.js';
export type { DirtyLog, PageRange } from './kvm/dirty-log.js';
export type { DebugExit, IoExit, IoapicEoiExit, PlainExit } from './kvm/x86_64/exits.js';
export type {
  Exit,
  FailEntryExit,
  InternalErrorExit,
  InterruptedExit,
  MemoryFaultExit,
  MmioExit,
  SystemEventExit,
  UnknownExit,
} from './kvm/exits.js';
export type { GsiRoute, Interrupts, Msi } from './kvm/interrupts.js';
export type { Irqchip, PitChannel, PitState } from './kvm/x86_64/interrupts.js';
export type { X86Kvm } from './kvm/x86_64/system.js';
export type { X86Vm } from './kvm/x86_64/vm.js';
export type { Devices, DevicesContext } from './machine/devices-module.js';
export { Vcpu } from './kvm/vcpu.js';
export { VcpuError, VcpuHandle, type VcpuHandleOptions } from './machine/vcpu-handle.js';
export type { VcpuOutcome } from './machine/vcpu-messages.js';
export { Vm } from './kvm/vm.js';
export {
  type Datamatch,
  IoeventAddress,
  type IrqfdOptions,
  type MemoryFlags,
  type VmTarget,
} from './vm/target.js';
export type {
  DebugRegisters,
  Fpu,
  GuestDebug,
  MpState,
  Msr,
  Registers,
  Segment,
  SpecialRegisters,
  Translation,
  VcpuEvents,
  VcpuState,
  Xcr,
} from './kvm/x86_64/state.js';

export { type Bus, type BusDevice, DeviceBus } from './devices/bus.js';
export { BalloonDevice, BalloonSocket, type BalloonTarget } from './control/balloon-socket.js';
export { Serial, type SerialOptions } from './devices/serial.js';

export type { ControlAccess } from './control/access.js';
export type { ControlAnswer, ControlRequest } from './control/answer.js';
export { type AuditEntry, auditLine } from './control/audit.js';
export { type ClientOptions, ControlClient, type SizedMemory } from './control/client.js';
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
export { SimulatedVm, type SimulatedVmOptions, type VmOperation } from './vm/simulated.js';
export type { DeviceMemoryLimits } from './control/device-memory.js';

export { Machine, type MachineOptions } from './machine/machine.js';
export { Vmm, type VmmEnd, type VmmOptions } from './vmm/vmm.js';
