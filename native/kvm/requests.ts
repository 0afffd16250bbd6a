/**
 * KVM's request numbers (linux/kvm.h): each names the call as api.rst documents it.
 */
import { io, ior, iow, iowr } from '../ioctl.js';
import {
  kvmCpuid2,
  kvmDirtyLog,
  kvmEnableCap,
  kvmIoeventfd,
  kvmIrqLevel,
  kvmIrqRouting,
  kvmIrqchip,
  kvmIrqfd,
  kvmMsi,
  kvmMsrList,
  kvmMsrs,
  kvmPitConfig,
  kvmPitState2,
  kvmUserspaceMemoryRegion,
} from './vm.js';
import {
  kvmDebugregs,
  kvmFpu,
  kvmGuestDebug,
  kvmInterrupt,
  kvmLapicState,
  kvmMpState,
  kvmRegs,
  kvmSregs,
  kvmTranslation,
  kvmVcpuEvents,
  kvmXcrs,
  kvmXsave,
} from './vcpu.js';

const KVMIO = 0xae;

/** The version of the interface: the only one there has been since Linux 2.6.22. */
export const KVM_API_VERSION = 12;

/** Of `/dev/kvm`. */
export const KVM_GET_API_VERSION = io(KVMIO, 0x00);
export const KVM_CREATE_VM = io(KVMIO, 0x01);
export const KVM_GET_MSR_INDEX_LIST = iowr(KVMIO, 0x02, kvmMsrList);
export const KVM_CHECK_EXTENSION = io(KVMIO, 0x03);
export const KVM_GET_VCPU_MMAP_SIZE = io(KVMIO, 0x04);
export const KVM_GET_SUPPORTED_CPUID = iowr(KVMIO, 0x05, kvmCpuid2);
export const KVM_GET_EMULATED_CPUID = iowr(KVMIO, 0x09, kvmCpuid2);
export const KVM_GET_MSR_FEATURE_INDEX_LIST = iowr(KVMIO, 0x0a, kvmMsrList);

/** Of a VM. */
export const KVM_CREATE_VCPU = io(KVMIO, 0x41);
export const KVM_GET_DIRTY_LOG = iow(KVMIO, 0x42, kvmDirtyLog);
export const KVM_SET_USER_MEMORY_REGION = iow(KVMIO, 0x46, kvmUserspaceMemoryRegion);
export const KVM_SET_TSS_ADDR = io(KVMIO, 0x47);
export const KVM_SET_IDENTITY_MAP_ADDR = iow(KVMIO, 0x48, { size: 8 });
export const KVM_CREATE_IRQCHIP = io(KVMIO, 0x60);
export const KVM_IRQ_LINE = iow(KVMIO, 0x61, kvmIrqLevel);
export const KVM_GET_IRQCHIP = iowr(KVMIO, 0x62, kvmIrqchip);
export const KVM_SET_IRQCHIP = ior(KVMIO, 0x63, kvmIrqchip);
export const KVM_SET_GSI_ROUTING = iow(KVMIO, 0x6a, kvmIrqRouting);
export const KVM_IRQFD = iow(KVMIO, 0x76, kvmIrqfd);
export const KVM_CREATE_PIT2 = iow(KVMIO, 0x77, kvmPitConfig);
export const KVM_SET_BOOT_CPU_ID = io(KVMIO, 0x78);
export const KVM_IOEVENTFD = iow(KVMIO, 0x79, kvmIoeventfd);
export const KVM_GET_PIT2 = ior(KVMIO, 0x9f, kvmPitState2);
export const KVM_SET_PIT2 = iow(KVMIO, 0xa0, kvmPitState2);
export const KVM_ENABLE_CAP = iow(KVMIO, 0xa3, kvmEnableCap);
export const KVM_SIGNAL_MSI = iow(KVMIO, 0xa5, kvmMsi);

/** Of a vCPU. */
export const KVM_RUN = io(KVMIO, 0x80);
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
export const KVM_GET_MP_STATE = ior(KVMIO, 0x98, kvmMpState);
export const KVM_SET_MP_STATE = iow(KVMIO, 0x99, kvmMpState);
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
