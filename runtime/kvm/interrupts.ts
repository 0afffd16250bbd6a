/** Interrupts of a VM: the in-kernel controllers, the timer, lines, routes and messages. */
import { errno } from '../../native/errno.js';
import {
  KVM_CREATE_IRQCHIP,
  KVM_CREATE_PIT2,
  KVM_GET_IRQCHIP,
  KVM_GET_PIT2,
  KVM_IRQ_LINE,
  KVM_SET_GSI_ROUTING,
  KVM_SET_IRQCHIP,
  KVM_SET_PIT2,
  KVM_SIGNAL_MSI,
} from '../../native/kvm/requests.js';
import {
  KVM_IRQCHIP_IOAPIC,
  KVM_IRQCHIP_PIC_MASTER,
  KVM_IRQCHIP_PIC_SLAVE,
  KVM_IRQ_ROUTING_IRQCHIP,
  KVM_IRQ_ROUTING_MSI,
} from '../../native/kvm/numbers.js';
import {
  kvmIrqLevel,
  kvmIrqRouting,
  kvmIrqRoutingEntry,
  kvmIrqRoutingIrqchip,
  kvmIrqRoutingMsi,
  kvmIrqchip,
  kvmMsi,
  kvmPitChannelState,
  kvmPitConfig,
  kvmPitState2,
} from '../../native/kvm/vm.js';
import {
  type FieldValues,
  type Fields,
  type Struct,
  type StructValue,
  readStruct,
  writeStruct,
} from '../../native/struct.js';
import type { Descriptor } from '../codec/index.js';
import { SystemError } from '../errors.js';
import { checkBigint, checkInteger, invalidArgument } from '../arguments.js';
import { kvmCall, structMemory } from './call.js';

const chips = {
  picMaster: KVM_IRQCHIP_PIC_MASTER,
  picSlave: KVM_IRQCHIP_PIC_SLAVE,
  ioapic: KVM_IRQCHIP_IOAPIC,
} as const;

/** An in-kernel interrupt controller: one of the two 8259s, or the IOAPIC. */
export type Irqchip = keyof typeof chips;

/** One of the three counters of the 8254 timer. */
export interface PitChannel extends StructValue<typeof kvmPitChannelState> {}

/** The state of the 8254 timer. */
export interface PitState {
  readonly channels: readonly PitChannel[];
  /** Bit 0: replaced by an HPET; bit 1: the speaker is on. */
  readonly flags: number;
}

/** A message-signalled interrupt: what a device writes, and where. */
export interface Msi {
  readonly address: bigint;
  readonly data: number;
}

/** Where a gsi leads: to a pin of a controller, or into a message. */
export type GsiRoute =
  | { readonly gsi: number; readonly irqchip: Irqchip; readonly pin: number }
  | { readonly gsi: number; readonly msi: Msi };

const u32Maximum = 0xffff_ffff;

function msiWords({ address, data }: Msi): { addressLo: number; addressHi: number; data: number } {
  checkBigint('MSI', 'address', address, 0n, 2n ** 64n - 1n);
  checkInteger('MSI', 'data', data, 0, u32Maximum);
  return {
    addressLo: Number(address & 0xffff_ffffn),
    addressHi: Number(address >> 32n),
    data,
  };
}

function routeEntry(route: GsiRoute): StructValue<typeof kvmIrqRoutingEntry> {
  checkInteger('KVM_SET_GSI_ROUTING', 'gsi', route.gsi, 0, u32Maximum);
  const u = new Uint8Array(32);
  const view = new DataView(u.buffer);
  if ('msi' in route) {
    writeStruct(kvmIrqRoutingMsi, view, 0, { ...msiWords(route.msi), devid: 0 });
    return { gsi: route.gsi, type: KVM_IRQ_ROUTING_MSI, flags: 0, u };
  }
  checkInteger('KVM_SET_GSI_ROUTING', 'pin', route.pin, 0, u32Maximum);
  writeStruct(kvmIrqRoutingIrqchip, view, 0, { irqchip: chips[route.irqchip], pin: route.pin });
  return { gsi: route.gsi, type: KVM_IRQ_ROUTING_IRQCHIP, flags: 0, u };
}

/**
 * The interrupts of one VM, as `vm.interrupts`.
 *
 * @example
 * vm.interrupts.createIrqchip();
 * vm.interrupts.setLine(5, true);
 */
export class Interrupts {
  readonly #vm: Descriptor;

  constructor(vm: Descriptor) {
    this.#vm = vm;
  }

  /**
   * KVM_CREATE_IRQCHIP: two 8259s, an IOAPIC, and a local APIC for each vCPU created from now on.
   *
   * @throws SystemError EEXIST if there is one, EINVAL if there are vCPUs already
   */
  createIrqchip(): void {
    kvmCall(this.#vm.fd, KVM_CREATE_IRQCHIP, 0, 'KVM_CREATE_IRQCHIP');
  }

  /**
   * KVM_GET_IRQCHIP: the state of a controller, 512 bytes laid out as `kvm_pic_state` or
   * `kvm_ioapic_state`.
   *
   * @throws SystemError ENXIO without controllers
   */
  getIrqchip(chip: Irqchip): Uint8Array {
    const { address, view } = structMemory(kvmIrqchip.size);
    writeStruct(kvmIrqchip, view, 0, { chipId: chips[chip], chip: new Uint8Array(512) });
    kvmCall(this.#vm.fd, KVM_GET_IRQCHIP, address, 'KVM_GET_IRQCHIP', chip);
    return readStruct(kvmIrqchip, view).chip;
  }

  /** KVM_SET_IRQCHIP. */
  setIrqchip(chip: Irqchip, state: Uint8Array): void {
    this.#give(kvmIrqchip, KVM_SET_IRQCHIP, 'KVM_SET_IRQCHIP', {
      chipId: chips[chip],
      chip: state,
    });
  }

  /**
   * KVM_CREATE_PIT2: the 8254 timer, which raises gsi 0.
   *
   * @throws SystemError EEXIST if there is one, ENOENT without controllers
   */
  createPit(): void {
    this.#give(kvmPitConfig, KVM_CREATE_PIT2, 'KVM_CREATE_PIT2', { flags: 0 });
  }

  /** KVM_GET_PIT2. @throws SystemError ENXIO without a timer */
  getPit(): PitState {
    const { address, view } = structMemory(kvmPitState2.size);
    kvmCall(this.#vm.fd, KVM_GET_PIT2, address, 'KVM_GET_PIT2');
    return {
      channels: [0, 1, 2].map((channel) =>
        readStruct(kvmPitChannelState, view, channel * kvmPitChannelState.size),
      ),
      flags: readStruct(kvmPitState2, view).flags,
    };
  }

  /** KVM_SET_PIT2. */
  setPit(state: PitState): void {
    const channels = new Uint8Array(3 * kvmPitChannelState.size);
    const view = new DataView(channels.buffer);
    for (const index of [0, 1, 2]) {
      const channel = state.channels[index];
      if (channel === undefined) {
        throw invalidArgument('KVM_SET_PIT2', 'channels', state.channels.length, 'three');
      }
      writeStruct(kvmPitChannelState, view, index * kvmPitChannelState.size, channel);
    }
    this.#give(kvmPitState2, KVM_SET_PIT2, 'KVM_SET_PIT2', { channels, flags: state.flags });
  }

  /**
   * KVM_SET_GSI_ROUTING: replaces all routes. At first gsi 0 to 15 lead to the 8259s, and 0 to 23 to
   * the IOAPIC.
   */
  setRouting(routes: readonly GsiRoute[]): void {
    const entries = routes.map(routeEntry);
    const size = kvmIrqRouting.size + entries.length * kvmIrqRoutingEntry.size;
    const { address, view } = structMemory(size);
    writeStruct(kvmIrqRouting, view, 0, { nr: entries.length, flags: 0 });
    entries.forEach((entry, index) => {
      writeStruct(
        kvmIrqRoutingEntry,
        view,
        kvmIrqRouting.size + index * kvmIrqRoutingEntry.size,
        entry,
      );
    });
    kvmCall(this.#vm.fd, KVM_SET_GSI_ROUTING, address, 'KVM_SET_GSI_ROUTING');
  }

  /**
   * KVM_IRQ_LINE: raises or lowers a line. For an edge, both.
   *
   * @throws SystemError ENXIO without controllers
   */
  setLine(gsi: number, high: boolean): void {
    checkInteger('KVM_IRQ_LINE', 'gsi', gsi, 0, u32Maximum);
    this.#give(kvmIrqLevel, KVM_IRQ_LINE, 'KVM_IRQ_LINE', { irq: gsi, level: high ? 1 : 0 });
  }

  /**
   * KVM_SIGNAL_MSI: delivers a message at once, past all routes.
   *
   * @returns whether it was delivered: false if the guest blocks it, or no vCPU is addressed
   * @throws SystemError EINVAL without controllers
   */
  signalMsi(msi: Msi): boolean {
    const value = { ...msiWords(msi), flags: 0, devid: 0 };
    try {
      return this.#give(kvmMsi, KVM_SIGNAL_MSI, 'KVM_SIGNAL_MSI', value) > 0;
    } catch (error) {
      // KVM's -1 for `not delivered` arrives as the errno of that number.
      if (error instanceof SystemError && error.errno === errno.EPERM) return false;
      throw error;
    }
  }

  #give<F extends Fields>(
    layout: Struct<F>,
    request: number,
    operation: string,
    value: FieldValues<F>,
  ): number {
    const { address, view } = structMemory(layout.size);
    writeStruct(layout, view, 0, value);
    return kvmCall(this.#vm.fd, request, address, operation);
  }
}
