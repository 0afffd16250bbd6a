/** The interrupt controllers and the timer of a PC, as KVM has them. */
import type { StructValue } from '../../../native/struct.js';
import {
  KVM_IRQCHIP_IOAPIC,
  KVM_IRQCHIP_PIC_MASTER,
  KVM_IRQCHIP_PIC_SLAVE,
} from '../../../native/kvm/x86_64/numbers.js';
import type { kvmPitChannelState } from '../../../native/kvm/x86_64/vm.js';

/** KVM's numbers of the controllers in the kernel. */
export const irqchips = {
  picMaster: KVM_IRQCHIP_PIC_MASTER,
  picSlave: KVM_IRQCHIP_PIC_SLAVE,
  ioapic: KVM_IRQCHIP_IOAPIC,
} as const;

/** An in-kernel interrupt controller: one of the two 8259s, or the IOAPIC. */
export type Irqchip = keyof typeof irqchips;

/** One of the three counters of the 8254 timer. */
export interface PitChannel extends StructValue<typeof kvmPitChannelState> {}

/** The state of the 8254 timer. */
export interface PitState {
  readonly channels: readonly PitChannel[];
  /** Bit 0: replaced by an HPET; bit 1: the speaker is on. */
  readonly flags: number;
}
