/**
 * The structs of KVM that concern a VM, and x86-64's cpuid and MSRs.
 *
 * Source: the kernel's interface, Documentation/virt/kvm/api.rst, linux/kvm.h and asm/kvm.h (x86).
 */
import { bytes, s32, s64, struct, u16, u32, u64, u64Array, u8 } from '../struct.js';

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

/** `chip` is a union: two kinds of PIC, or the IOAPIC. */
export const kvmIrqchip = struct('kvm_irqchip', 520, { chipId: u32(0), chip: bytes(8, 512) });

export const kvmPitConfig = struct('kvm_pit_config', 64, { flags: u32(0) });

export const kvmPitChannelState = struct('kvm_pit_channel_state', 24, {
  count: u32(0),
  latchedCount: u16(4),
  countLatched: u8(6),
  statusLatched: u8(7),
  status: u8(8),
  readState: u8(9),
  writeState: u8(10),
  writeLatch: u8(11),
  rwMode: u8(12),
  mode: u8(13),
  bcd: u8(14),
  gate: u8(15),
  countLoadTime: s64(16),
});
/** `channels` is three of `kvmPitChannelState`. */
export const kvmPitState2 = struct('kvm_pit_state2', 112, {
  channels: bytes(0, 72),
  flags: u32(72),
});

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

/** A flexible array of `kvmMsrEntry` follows. */
export const kvmMsrs = struct('kvm_msrs', 8, { nmsrs: u32(0) });
export const kvmMsrEntry = struct('kvm_msr_entry', 16, { index: u32(0), data: u64(8) });

export const kvmEnableCap = struct('kvm_enable_cap', 104, {
  cap: u32(0),
  flags: u32(4),
  args: u64Array(8, 4),
});
