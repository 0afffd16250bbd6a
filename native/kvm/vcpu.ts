/** The structs of an x86-64 vCPU's state (Documentation/virt/kvm/api.rst, asm/kvm.h). */
import { bytes, nested, struct, u16, u32, u64, u64Array, u8 } from '../struct.js';

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

export const kvmMpState = struct('kvm_mp_state', 4, { mpState: u32(0) });

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

/**
 * The page that the kernel and a vCPU's thread share. Members of its union are named as in C, the
 * last for KVM_EXIT_MEMORY_FAULT, which came with Linux 6.8.
 */
export const kvmRun = {
  name: 'kvm_run',
  request_interrupt_window: 0,
  immediate_exit: 1,
  exit_reason: 8,
  ready_for_interrupt_injection: 12,
  if_flag: 13,
  hw: { hardware_exit_reason: 32 },
  fail_entry: { hardware_entry_failure_reason: 32, cpu: 40 },
  io: { direction: 32, size: 33, port: 34, count: 36, data_offset: 40 },
  debug: { arch: { exception: 32, pc: 40, dr6: 48, dr7: 56 } },
  mmio: { phys_addr: 32, data: 40, len: 48, is_write: 52 },
  internal: { suberror: 32, ndata: 36, data: 40 },
  system_event: { type: 32, ndata: 36, data: 40 },
  eoi: { vector: 32 },
  memory_fault: { gpa: 40 },
} as const;
