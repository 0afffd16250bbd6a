/** KVM's structs and calls of a VM (Documentation/virt/kvm/api.rst, linux/kvm.h). */
import { io, iow } from '../ioctl.js';
import { bytes, s32, struct, u32, u64, u64Array } from '../struct.js';
import { KVMIO } from './system.js';

export const kvmUserspaceMemoryRegion = struct('kvm_userspace_memory_region', 32, {
  slot: u32(0),
  flags: u32(4),
  guestPhysAddr: u64(8),
  memorySize: u64(16),
  userspaceAddr: u64(24),
});

/** `dirty_bitmap` is an address. */
export const kvmDirtyLog = struct('kvm_dirty_log', 16, { slot: u32(0), dirtyBitmap: u64(8) });

export const kvmIoeventfd = struct('kvm_ioeventfd', 64, {
  datamatch: u64(0),
  addr: u64(8),
  len: u32(16),
  fd: s32(20),
  flags: u32(24),
});

export const kvmIrqfd = struct('kvm_irqfd', 32, {
  fd: u32(0),
  gsi: u32(4),
  flags: u32(8),
  resamplefd: u32(12),
});

export const kvmIrqLevel = struct('kvm_irq_level', 8, { irq: u32(0), level: u32(4) });

export const kvmMsi = struct('kvm_msi', 32, {
  addressLo: u32(0),
  addressHi: u32(4),
  data: u32(8),
  flags: u32(12),
  devid: u32(16),
});

/** A flexible array of `kvmIrqRoutingEntry` follows. */
export const kvmIrqRouting = struct('kvm_irq_routing', 8, { nr: u32(0), flags: u32(4) });

/** `u` is a union: an interrupt controller and its pin, or an MSI. */
export const kvmIrqRoutingEntry = struct('kvm_irq_routing_entry', 48, {
  gsi: u32(0),
  type: u32(4),
  flags: u32(8),
  u: bytes(16, 32),
});
export const kvmIrqRoutingIrqchip = struct('kvm_irq_routing_irqchip', 8, {
  irqchip: u32(0),
  pin: u32(4),
});
export const kvmIrqRoutingMsi = struct('kvm_irq_routing_msi', 16, {
  addressLo: u32(0),
  addressHi: u32(4),
  data: u32(8),
  devid: u32(12),
});

export const kvmEnableCap = struct('kvm_enable_cap', 104, {
  cap: u32(0),
  flags: u32(4),
  args: u64Array(8, 4),
});

export const KVM_CREATE_VCPU = io(KVMIO, 0x41);
export const KVM_GET_DIRTY_LOG = iow(KVMIO, 0x42, kvmDirtyLog);
export const KVM_SET_USER_MEMORY_REGION = iow(KVMIO, 0x46, kvmUserspaceMemoryRegion);
export const KVM_IRQ_LINE = iow(KVMIO, 0x61, kvmIrqLevel);
export const KVM_SET_GSI_ROUTING = iow(KVMIO, 0x6a, kvmIrqRouting);
export const KVM_IRQFD = iow(KVMIO, 0x76, kvmIrqfd);
export const KVM_IOEVENTFD = iow(KVMIO, 0x79, kvmIoeventfd);
export const KVM_ENABLE_CAP = iow(KVMIO, 0xa3, kvmEnableCap);
export const KVM_SIGNAL_MSI = iow(KVMIO, 0xa5, kvmMsi);
