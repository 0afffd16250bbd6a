/** KVM's structs and calls of an x86-64 vCPU's state (Documentation/virt/kvm/api.rst, asm/kvm.h). */
import { io, ior, iow, iowr } from '../../ioctl.js';
import { bytes, nested, struct, u16, u32, u64, u64Array, u8 } from '../../struct.js';
import { KVMIO } from '../system.js';
import { kvmCpuid2 } from './system.js';

export const kvmRegs = struct('kvm_regs', 144, {
  rax: u64(0),
  rbx: u64(8),
  rcx: u64(16),
  rdx: u64(24),
  rsi: u64(32),
  rdi: u64(40),
  rsp: u64(48),
  rbp: u64(56),
  r8: u64(64),
  r9: u64(72),
  r10: u64(80),
  r11: u64(88),
  r12: u64(96),
  r13: u64(104),
  r14: u64(112),
  r15: u64(120),
  rip: u64(128),
  rflags: u64(136),
});

const segment = {
  base: u64(0),
  limit: u32(8),
  selector: u16(12),
  type: u8(14),
  present: u8(15),
  dpl: u8(16),
  db: u8(17),
  s: u8(18),
  l: u8(19),
  g: u8(20),
  avl: u8(21),
  unusable: u8(22),
};

const dtable = { base: u64(0), limit: u16(8) };

export const kvmSregs = struct('kvm_sregs', 312, {
  cs: nested(0, segment),
  ds: nested(24, segment),
  es: nested(48, segment),
  fs: nested(72, segment),
  gs: nested(96, segment),
  ss: nested(120, segment),
  tr: nested(144, segment),
  ldt: nested(168, segment),
  gdt: nested(192, dtable),
  idt: nested(208, dtable),
  cr0: u64(224),
  cr2: u64(232),
  cr3: u64(240),
  cr4: u64(248),
  cr8: u64(256),
  efer: u64(264),
  apicBase: u64(272),
  interruptBitmap: u64Array(280, 4),
});

/** `fpr` is 8 registers of 16 bytes, `xmm` 16 of 16. */
export const kvmFpu = struct('kvm_fpu', 416, {
  fpr: bytes(0, 128),
  fcw: u16(128),
  fsw: u16(130),
  ftwx: u8(132),
  lastOpcode: u16(134),
  lastIp: u64(136),
  lastDp: u64(144),
  xmm: bytes(152, 256),
  mxcsr: u32(408),
});

export const kvmDebugregs = struct('kvm_debugregs', 128, {
  db: u64Array(0, 4),
  dr6: u64(32),
  dr7: u64(40),
  flags: u64(48),
});

export const kvmVcpuEvents = struct('kvm_vcpu_events', 64, {
  exception: nested(0, {
    injected: u8(0),
    nr: u8(1),
    hasErrorCode: u8(2),
    pending: u8(3),
    errorCode: u32(4),
  }),
  interrupt: nested(8, { injected: u8(0), nr: u8(1), soft: u8(2), shadow: u8(3) }),
  nmi: nested(12, { injected: u8(0), pending: u8(1), masked: u8(2) }),
  sipiVector: u32(16),
  flags: u32(20),
  smi: nested(24, { smm: u8(0), pending: u8(1), smmInsideNmi: u8(2), latchedInit: u8(3) }),
  tripleFault: nested(28, { pending: u8(0) }),
  exceptionHasPayload: u8(55),
  exceptionPayload: u64(56),
});

export const kvmLapicState = struct('kvm_lapic_state', 1024, { regs: bytes(0, 1024) });

/** `region` is 1024 words of 4 bytes. */
export const kvmXsave = struct('kvm_xsave', 4096, { region: bytes(0, 4096) });

export const kvmXcrs = struct('kvm_xcrs', 392, {
  nrXcrs: u32(0),
  flags: u32(4),
  xcrs: bytes(8, 256),
});

export const kvmXcr = struct('kvm_xcr', 16, { xcr: u32(0), value: u64(8) });

export const kvmTranslation = struct('kvm_translation', 24, {
  linearAddress: u64(0),
  physicalAddress: u64(8),
  valid: u8(16),
  writeable: u8(17),
  usermode: u8(18),
});

/** `debugreg` is DR0 to DR7, of which 4 and 5 do not exist. */
export const kvmGuestDebug = struct('kvm_guest_debug', 72, {
  control: u32(0),
  arch: nested(8, { debugreg: u64Array(0, 8) }),
});

export const kvmInterrupt = struct('kvm_interrupt', 4, { irq: u32(0) });

/** A flexible array of `kvmMsrEntry` follows. */
export const kvmMsrs = struct('kvm_msrs', 8, { nmsrs: u32(0) });

export const kvmMsrEntry = struct('kvm_msr_entry', 16, { index: u32(0), data: u64(8) });

/** What `kvm_run` tells of a debug exit. */
export const kvmRunDebug = {
  name: 'kvm_run',
  debug: { arch: { exception: 32, pc: 40, dr6: 48, dr7: 56 } },
} as const;

export const KVM_GET_REGS = ior(KVMIO, 0x81, kvmRegs);
export const KVM_SET_REGS = iow(KVMIO, 0x82, kvmRegs);
export const KVM_GET_SREGS = ior(KVMIO, 0x83, kvmSregs);
export const KVM_SET_SREGS = iow(KVMIO, 0x84, kvmSregs);
export const KVM_TRANSLATE = iowr(KVMIO, 0x85, kvmTranslation);
export const KVM_INTERRUPT = iow(KVMIO, 0x86, kvmInterrupt);
export const KVM_GET_MSRS = iowr(KVMIO, 0x88, kvmMsrs);
export const KVM_SET_MSRS = iow(KVMIO, 0x89, kvmMsrs);
export const KVM_GET_FPU = ior(KVMIO, 0x8c, kvmFpu);
export const KVM_SET_FPU = iow(KVMIO, 0x8d, kvmFpu);
export const KVM_GET_LAPIC = ior(KVMIO, 0x8e, kvmLapicState);
export const KVM_SET_LAPIC = iow(KVMIO, 0x8f, kvmLapicState);
export const KVM_SET_CPUID2 = iow(KVMIO, 0x90, kvmCpuid2);
export const KVM_GET_CPUID2 = iowr(KVMIO, 0x91, kvmCpuid2);
export const KVM_NMI = io(KVMIO, 0x9a);
export const KVM_SET_GUEST_DEBUG = iow(KVMIO, 0x9b, kvmGuestDebug);
export const KVM_GET_VCPU_EVENTS = ior(KVMIO, 0x9f, kvmVcpuEvents);
export const KVM_SET_VCPU_EVENTS = iow(KVMIO, 0xa0, kvmVcpuEvents);
export const KVM_GET_DEBUGREGS = ior(KVMIO, 0xa1, kvmDebugregs);
export const KVM_SET_DEBUGREGS = iow(KVMIO, 0xa2, kvmDebugregs);
export const KVM_SET_TSC_KHZ = io(KVMIO, 0xa2);
export const KVM_GET_TSC_KHZ = io(KVMIO, 0xa3);
export const KVM_GET_XSAVE = ior(KVMIO, 0xa4, kvmXsave);
export const KVM_SET_XSAVE = iow(KVMIO, 0xa5, kvmXsave);
export const KVM_GET_XCRS = ior(KVMIO, 0xa6, kvmXcrs);
export const KVM_SET_XCRS = iow(KVMIO, 0xa7, kvmXcrs);
