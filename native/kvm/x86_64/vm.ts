/** KVM's structs and calls of a VM on x86-64 alone: a PC's controllers and timer (linux/kvm.h, asm/kvm.h). */
import { io, ior, iow, iowr } from '../../ioctl.js';
import { bytes, s64, struct, u16, u32, u8 } from '../../struct.js';
import { KVMIO } from '../system.js';

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

export const KVM_SET_TSS_ADDR = io(KVMIO, 0x47);
export const KVM_SET_IDENTITY_MAP_ADDR = iow(KVMIO, 0x48, { size: 8 });
export const KVM_CREATE_IRQCHIP = io(KVMIO, 0x60);
export const KVM_GET_IRQCHIP = iowr(KVMIO, 0x62, kvmIrqchip);
export const KVM_SET_IRQCHIP = ior(KVMIO, 0x63, kvmIrqchip);
export const KVM_CREATE_PIT2 = iow(KVMIO, 0x77, kvmPitConfig);
export const KVM_SET_BOOT_CPU_ID = io(KVMIO, 0x78);
export const KVM_GET_PIT2 = ior(KVMIO, 0x9f, kvmPitState2);
export const KVM_SET_PIT2 = iow(KVMIO, 0xa0, kvmPitState2);
