/** The VMs that `execute` is tested on: the real one, and the simulated one, which must do the same. */
import { SimulatedVm } from '../../runtime/vm/simulated.js';
import { Kvm } from '../../runtime/kvm/kvm.js';
import type { Vm } from '../../runtime/kvm/vm.js';
import type { VmTarget } from '../../runtime/vm/target.js';
import { GuestMemory } from '../../runtime/memory/guest-memory.js';

/** What a test asks for. */
export interface TargetOptions {
  readonly ramSize: number;
  readonly irqchip: boolean;
}

/** A VM, and the end of it. */
export interface TestVm extends Disposable {
  readonly vm: (SimulatedVm | Vm) & VmTarget;
}

/** One kind of VM. */
export interface TargetKind {
  readonly name: string;
  /** Why it can't be tested here, if so. */
  readonly missing: string | undefined;
  readonly create: (options: TargetOptions) => TestVm;
}

function simulated({ ramSize, irqchip }: TargetOptions): TestVm {
  const vm = new SimulatedVm({ ramSize: BigInt(ramSize), irqchip });
  return { vm, [Symbol.dispose]: () => vm.close() };
}

function onKvm({ ramSize, irqchip }: TargetOptions): TestVm {
  using kvm = Kvm.open();
  const ram = GuestMemory.create(ramSize === 0 ? [] : [{ gpa: 0n, size: ramSize }]);
  let vm: Vm | undefined;
  const close = (): void => {
    vm?.close();
    ram.close();
  };
  try {
    vm = kvm.createVm();
    vm.addGuestMemory(ram);
    if (irqchip) vm.x86.createIrqchip();
    return { vm, [Symbol.dispose]: close };
  } catch (error) {
    close();
    throw error;
  }
}

/** Why KVM can't be used here, or undefined if it can. */
export function kvmMissing(): string | undefined {
  try {
    Kvm.open().close();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** The one that is always there. */
export const simulation: TargetKind = {
  name: 'SimulatedVm',
  missing: undefined,
  create: simulated,
};

export const targets: readonly TargetKind[] = [
  simulation,
  { name: 'Vm', missing: kvmMissing(), create: onKvm },
];
