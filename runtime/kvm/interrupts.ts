/** Interrupts of a VM: lines, routes and messages. */
import { errno } from '../../native/errno.js';
import { KVM_IRQ_ROUTING_IRQCHIP, KVM_IRQ_ROUTING_MSI } from '../../native/kvm/numbers.js';
import {
  KVM_IRQ_LINE,
  KVM_SET_GSI_ROUTING,
  KVM_SIGNAL_MSI,
  kvmIrqLevel,
  kvmIrqRouting,
  kvmIrqRoutingEntry,
  kvmIrqRoutingIrqchip,
  kvmIrqRoutingMsi,
  kvmMsi,
} from '../../native/kvm/vm.js';
import { type StructValue, writeStruct } from '../../native/struct.js';
import { checkBigint, checkInteger, checkOneOf } from '../arguments.js';
import type { Descriptor } from '../codec/index.js';
import { SystemError } from '../errors.js';
import { type Irqchip, irqchips } from './arch.js';
import { giveStruct, kvmCall, structMemory } from './call.js';

/** A message-signalled interrupt: what a device writes, and where. */
export interface Msi {
  readonly address: bigint;
  readonly data: number;
}

/** Where a gsi leads: to a pin of a controller, or into a message. */
export type GsiRoute =
  | { readonly gsi: number; readonly irqchip: Irqchip; readonly pin: number }
  | { readonly gsi: number; readonly msi: Msi };

/** What has to come first, where KVM tells no more than an errno. */
const controllersFirst = 'make the interrupt controllers first';

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
  checkOneOf('KVM_SET_GSI_ROUTING', 'irqchip', route.irqchip, Object.keys(irqchips));
  checkInteger('KVM_SET_GSI_ROUTING', 'pin', route.pin, 0, u32Maximum);
  writeStruct(kvmIrqRoutingIrqchip, view, 0, { irqchip: irqchips[route.irqchip], pin: route.pin });
  return { gsi: route.gsi, type: KVM_IRQ_ROUTING_IRQCHIP, flags: 0, u };
}

/**
 * The interrupts of one VM, as `vm.interrupts`.
 *
 * @example
 * vm.x86.createIrqchip();
 * vm.interrupts.setLine(5, true);
 */
export class Interrupts {
  readonly #vm: Descriptor;

  constructor(vm: Descriptor) {
    this.#vm = vm;
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
   * KVM_IRQ_LINE: raises or lowers a line, at once and from any thread. For an edge, both.
   *
   * @throws SystemError ENXIO without controllers
   */
  setLine(gsi: number, high: boolean): void {
    checkInteger('KVM_IRQ_LINE', 'gsi', gsi, 0, u32Maximum);
    const value = { irq: gsi, level: high ? 1 : 0 };
    giveStruct(this.#vm.fd, KVM_IRQ_LINE, 'KVM_IRQ_LINE', kvmIrqLevel, value, {
      ENXIO: controllersFirst,
    });
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
      return (
        giveStruct(this.#vm.fd, KVM_SIGNAL_MSI, 'KVM_SIGNAL_MSI', kvmMsi, value, {
          EINVAL: controllersFirst,
        }) > 0
      );
    } catch (error) {
      // KVM's -1 for `not delivered` arrives as the errno of that number.
      if (error instanceof SystemError && error.errno === errno.EPERM) return false;
      throw error;
    }
  }
}
