/** A VM without a CPU: KVM's rules for slots, ioeventfds and irqfds, and KVM's errnos, in memory. */
import { readFileSync } from 'node:fs';
import { type ErrnoName, errno } from '../../native/errno.js';
import type { Descriptor } from '../codec/index.js';
import { SystemError, systemError } from '../errors.js';
import {
  type Datamatch,
  type IoeventAddress,
  type IrqfdOptions,
  type MemoryFlags,
  type VmTarget,
} from './target.js';
import type { MemoryMapping } from '../memory/mapping.js';

/** The memory slots that KVM offers on x86-64 (KVM_CAP_NR_MEMSLOTS). */
const slotCount = 32_764;
/** The largest number of pages in one slot (KVM_MEM_MAX_NR_PAGES in virt/kvm/kvm_main.c). */
const maxSlotPages = 2n ** 31n - 1n;
/** The first guest physical address that KVM refuses: 52 address bits (kvm_mmu_max_gfn). */
const gpaEnd = 1n << 52n;
/** One more than the highest GSI that can be routed (KVM_MAX_IRQ_ROUTES). */
const gsiCount = 4096;
const pageSize = 4096n;

/** A call of a VM that can be made to fail. */
export type VmOperation = keyof VmTarget;

/** What a simulated VM has. */
export interface SimulatedVmOptions {
  /** Bytes of guest RAM from address 0 on, in slot 0; 0 for none. Default 64 KiB. */
  readonly ramSize?: bigint | undefined;
  /** Whether it has an interrupt controller, which irqfds need. Default true. */
  readonly irqchip?: boolean | undefined;
}

interface Slot {
  readonly start: bigint;
  readonly end: bigint;
  /** Undefined for guest RAM. */
  readonly memory: { readonly mapping: MemoryMapping; readonly unpin: () => void } | undefined;
}

interface Ioevent {
  readonly event: string;
  readonly address: string;
  readonly length: number;
  readonly value: bigint | undefined;
}

interface Irqfd {
  readonly event: string;
  readonly gsi: number;
}

/**
 * A stand-in for `Vm` on machines without `/dev/kvm`, and for tests. It accepts and refuses what KVM
 * does, with the same errnos, but runs nothing: no guest ever sees the memory.
 *
 * @example
 * const vm = new SimulatedVm({ ramSize: 65536n });
 * vm.failNext('addDeviceMemory', 'ENOMEM');
 */
export class SimulatedVm implements VmTarget, Disposable {
  /** What to call it wherever a person may take it for a real VM. */
  readonly description = 'SimulatedVm (no KVM, no CPU)';
  readonly #irqchip: boolean;
  readonly #ramEnd: bigint;
  readonly #slots = new Map<number, Slot>();
  readonly #ioevents: Ioevent[] = [];
  readonly #irqfds: Irqfd[] = [];
  #closed = false;
  readonly #faults: { operation: VmOperation; code: ErrnoName }[] = [];

  constructor(options: SimulatedVmOptions = {}) {
    const { ramSize = 65_536n, irqchip = true } = options;
    if (ramSize < 0n || ramSize % pageSize !== 0n || ramSize >= gpaEnd) {
      throw systemError('EINVAL', 'SimulatedVm', `ramSize ${ramSize} (must be whole pages)`);
    }
    this.#irqchip = irqchip;
    this.#ramEnd = ramSize;
    if (ramSize > 0n) this.#slots.set(0, { start: 0n, end: ramSize, memory: undefined });
  }

  /**
   * Makes the next call of `operation` fail with `code`, having done nothing. Several wait in turn.
   *
   * @example
   * vm.failNext('registerIrqfd', 'ENOMEM');
   */
  failNext(operation: VmOperation, code: ErrnoName): void {
    this.#faults.push({ operation, code });
  }

  /** Memory slots in use, guest RAM included. */
  get slotsInUse(): number {
    return this.#slots.size;
  }

  addDeviceMemory(gpa: bigint, mapping: MemoryMapping, _flags: MemoryFlags = {}): number {
    this.#enter('addDeviceMemory');
    const size = BigInt(mapping.size);
    const subject = `${mapping.name} at 0x${gpa.toString(16)}`;
    const refuse = (code: ErrnoName): SystemError =>
      systemError(code, 'KVM_SET_USER_MEMORY_REGION', subject);
    if (gpa < this.#ramEnd) throw refuse('ENOSPC');
    const whole = gpa % pageSize === 0n && size % pageSize === 0n;
    if (!whole || size / pageSize > maxSlotPages || gpa + size > gpaEnd) throw refuse('EINVAL');
    const slot = this.#lowestFreeSlot();
    if (slot >= slotCount) throw refuse('EINVAL');
    for (const other of this.#slots.values()) {
      if (gpa < other.end && other.start < gpa + size) throw refuse('EEXIST');
    }
    const memory = { mapping, unpin: mapping.pin() };
    this.#slots.set(slot, { start: gpa, end: gpa + size, memory });
    return slot;
  }

  removeDeviceMemory(slot: number): MemoryMapping {
    this.#enter('removeDeviceMemory');
    const memory = this.#slots.get(slot)?.memory;
    if (memory === undefined) throw systemError('ENOENT', 'removeDeviceMemory', `slot ${slot}`);
    this.#slots.delete(slot);
    memory.unpin();
    return memory.mapping;
  }

  registerIoevent(event: Descriptor, address: IoeventAddress, datamatch?: Datamatch): void {
    this.#enter('registerIoevent');
    const added = ioevent(event, address, datamatch);
    if (this.#ioevents.some((other) => collide(other, added))) {
      throw systemError('EEXIST', 'KVM_IOEVENTFD', added.address);
    }
    this.#ioevents.push(added);
  }

  unregisterIoevent(event: Descriptor, address: IoeventAddress, datamatch?: Datamatch): void {
    this.#enter('unregisterIoevent');
    const gone = ioevent(event, address, datamatch);
    const index = this.#ioevents.findIndex(
      (other) =>
        other.event === gone.event &&
        other.address === gone.address &&
        other.length === gone.length &&
        other.value === gone.value,
    );
    if (index === -1) throw systemError('ENOENT', 'KVM_IOEVENTFD', gone.address);
    this.#ioevents.splice(index, 1);
  }

  registerIrqfd(event: Descriptor, gsi: number, options: IrqfdOptions = {}): void {
    this.#enter('registerIrqfd');
    const added = { event: eventId(event, 'KVM_IRQFD'), gsi };
    if (options.resample !== undefined) eventId(options.resample, 'KVM_IRQFD');
    if (!this.#irqchip || gsi < 0 || gsi >= gsiCount) {
      throw systemError('EINVAL', 'KVM_IRQFD', `gsi ${gsi}`);
    }
    if (this.#irqfds.some((other) => other.event === added.event)) {
      throw systemError('EBUSY', 'KVM_IRQFD', `gsi ${gsi}`);
    }
    this.#irqfds.push(added);
  }

  unregisterIrqfd(event: Descriptor, gsi: number): void {
    this.#enter('unregisterIrqfd');
    const gone = eventId(event, 'KVM_IRQFD');
    const index = this.#irqfds.findIndex((other) => other.event === gone && other.gsi === gsi);
    if (index !== -1) this.#irqfds.splice(index, 1);
  }

  /** Lets go of the memory that it still holds, and closes it. As on KVM, a closed VM takes no more. */
  close(): void {
    this.#closed = true;
    const held = [...this.#slots.values()].flatMap(({ memory }) => memory ?? []);
    this.#slots.clear();
    for (const { unpin } of held) unpin();
    for (const { mapping } of held) if (!mapping.pinned) mapping.close();
    this.#ioevents.length = 0;
    this.#irqfds.length = 0;
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #enter(operation: VmOperation): void {
    // Nothing is registered then, which is what KVM's `removeDeviceMemory` says as well.
    if (this.#closed && operation !== 'removeDeviceMemory') {
      throw systemError('EBADF', operation, 'a VM that is closed');
    }
    const index = this.#faults.findIndex((fault) => fault.operation === operation);
    const fault = this.#faults[index];
    if (fault === undefined) return;
    this.#faults.splice(index, 1);
    throw new SystemError(errno[fault.code], operation, 'a fault that was asked for');
  }

  #lowestFreeSlot(): number {
    let slot = 0;
    while (this.#slots.has(slot)) slot++;
    return slot;
  }
}

/** Checks what KVM checks of an ioeventfd (`kvm_assign_ioeventfd`). */
function ioevent(
  event: Descriptor,
  address: IoeventAddress,
  datamatch: Datamatch | undefined,
): Ioevent {
  const [space, start] = 'pio' in address ? ['pio', address.pio] : ['mmio', address.mmio];
  const { length, value } = datamatch ?? { length: 0 };
  const name = `${space} 0x${start.toString(16)}`;
  const wraps = length > 0 && start + BigInt(length) >= 1n << 64n;
  if (![0, 1, 2, 4, 8].includes(length) || wraps || (length === 0 && value !== undefined)) {
    throw systemError('EINVAL', 'KVM_IOEVENTFD', name);
  }
  return { event: eventId(event, 'KVM_IOEVENTFD'), address: name, length, value };
}

/** KVM's `ioeventfd_check_collision`: length 0 and a missing value match everything. */
function collide(a: Ioevent, b: Ioevent): boolean {
  if (a.address !== b.address) return false;
  if (a.length === 0 || b.length === 0) return true;
  if (a.length !== b.length) return false;
  return a.value === undefined || b.value === undefined || a.value === b.value;
}

/** The kernel's number of the eventfd behind a descriptor: duplicates share it. */
function eventId(event: Descriptor, operation: string): string {
  const subject = `fd ${event.fd}`;
  let info: string;
  try {
    info = readFileSync(`/proc/self/fdinfo/${event.fd}`, 'utf8');
  } catch {
    throw systemError('EBADF', operation, subject);
  }
  const id = /^eventfd-id:\s*(\d+)$/m.exec(info)?.[1];
  if (id === undefined) throw systemError('EINVAL', operation, `${subject} (not an eventfd)`);
  return id;
}
