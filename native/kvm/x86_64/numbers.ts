/** KVM's numbers for x86-64 (asm/kvm.h). */

export const KVM_IRQCHIP_PIC_MASTER = 0;
export const KVM_IRQCHIP_PIC_SLAVE = 1;
export const KVM_IRQCHIP_IOAPIC = 2;

export const KVM_GUESTDBG_USE_SW_BP = 0x1_0000;
export const KVM_GUESTDBG_USE_HW_BP = 0x2_0000;
