/** A virtual machine: memory slots, events, interrupts and vCPUs. */
import {
  KVM_IOEVENTFD_FLAG_DATAMATCH,
  KVM_IOEVENTFD_FLAG_DEASSIGN,
  KVM_IOEVENTFD_FLAG_PIO,
  KVM_IRQFD_FLAG_DEASSIGN,
  KVM_IRQFD_FLAG_RESAMPLE,
  KVM_MEM_LOG_DIRTY_PAGES,
  KVM_MEM_READONLY,
} from '../../native/kvm/numbers.js';
import {
  KVM_CREATE_VCPU,
  KVM_ENABLE_CAP,
  KVM_GET_DIRTY_LOG,
  KVM_IOEVENTFD,
  KVM_IRQFD,
  KVM_SET_USER_MEMORY_REGION,
  kvmDirtyLog,
  kvmEnableCap,
  kvmIoeventfd,
  kvmIrqfd,
  kvmUserspaceMemoryRegion,
} from '../../native/kvm/vm.js';
import { writeStruct } from '../../native/struct.js';
import type { Descriptor } from '../codec/index.js';
import { type OwnedFd, own } from '../descriptors/owned-fd.js';
import { type SystemError, systemError } from '../errors.js';
import { checkBigint, checkInteger, invalidArgument, pageSize } from '../arguments.js';
import type { GuestMemory } from '../memory/guest-memory.js';
import { type MemoryMapping, mappingAddress } from '../memory/mapping.js';
import { X86Vm } from './arch.js';
import { kvmCall, structMemory } from './call.js';
import { type Capability, capabilityNumber, checkExtension } from './capabilities.js';
import { DirtyLog } from './dirty-log.js';
import { Interrupts } from './interrupts.js';
import { SlotTable } from './slots.js';
import { Vcpu } from './vcpu.js';
import type {
  Datamatch,
  IoeventAddress,
  IrqfdOptions,
  MemoryFlags,
  VmTarget,
} from '../vm/target.js';

/** What KVM knows of a slot. */
interface Region {
  readonly gpa: bigint;
  readonly mapping: MemoryMapping;
  readonly flags: number;
}

interface Slot extends Region {
  readonly kind: 'ram' | 'device';
  readonly unpin: () => void;
}

const u32Maximum = 0xffff_ffff;
const u64Maximum = 2n ** 64n - 1n;

function hex(value: bigint): string {
  return `0x${value.toString(16)}`;
}

/**
 * A VM under KVM.
 *
 * @example
 * using kvm = Kvm.open();
 * using ram = GuestMemory.create([{ gpa: 0n, size: 1 << 20 }]);
 * using vm = kvm.createVm();
 * vm.addGuestMemory(ram);
 */
export class Vm implements VmTarget, Descriptor, Disposable {
  /** Interrupts: lines, routes and messages. */
  readonly interrupts: Interrupts;
  /** What it has on x86-64 alone: a PC's interrupt controllers and timer. */
  readonly x86: X86Vm;
  readonly #owned: OwnedFd;
  readonly #vcpuMmapSize: number;
  readonly #table: SlotTable;
  readonly #slots = new Map<number, Slot>();
  readonly #memories: GuestMemory[] = [];
  readonly #vcpus = new Set<Vcpu>();
  #ramEnd = 0n;

  private constructor(owned: OwnedFd, vcpuMmapSize: number) {
    this.#owned = owned;
    this.#vcpuMmapSize = vcpuMmapSize;
    this.interrupts = new Interrupts(owned);
    this.x86 = new X86Vm(owned);
    this.#table = new SlotTable(this.checkExtension('NR_MEMSLOTS'));
  }

  /** Internal: `Kvm.createVm` makes them. */
  static adopt(owned: OwnedFd, vcpuMmapSize: number): Vm {
    try {
      return new Vm(owned, vcpuMmapSize);
    } catch (error) {
      owned.close();
      throw error;
    }
  }

  /** @throws SystemError EBADF after `close` */
  get fd(): number {
    return this.#owned.fd;
  }

  get closed(): boolean {
    return this.#owned.closed;
  }

  /** KVM_CHECK_EXTENSION of this VM: some answers depend on what it has. */
  checkExtension(capability: Capability): number {
    return checkExtension(this.fd, capability);
  }

  /**
   * KVM_ENABLE_CAP: turns on what is off at first, with the arguments that api.rst gives it, at most 4.
   *
   * @throws SystemError EINVAL if it can't be turned on, or not so, or not any more
   *
   * @example
   * vm.enableCapability('SPLIT_IRQCHIP', [24n]); // an IOAPIC of 24 lines, outside of KVM
   */
  enableCapability(capability: Capability, args: readonly bigint[] = []): void {
    const operation = 'KVM_ENABLE_CAP';
    const cap = capabilityNumber(operation, capability);
    if (args.length > 4) throw invalidArgument(operation, 'args', args.length, 'at most 4');
    const { address, view } = structMemory(kvmEnableCap.size);
    const four = [0, 1, 2, 3].map((index) => args[index] ?? 0n);
    writeStruct(kvmEnableCap, view, 0, { cap, flags: 0, args: four });
    kvmCall(this.fd, KVM_ENABLE_CAP, address, operation, String(capability));
  }

  /** Memory slots in use, guest RAM included. */
  get slotsInUse(): number {
    return this.#slots.size;
  }

  /**
   * Shows RAM to the guest, one slot a region, and keeps it from being closed.
   *
   * @returns the slots, in the order of the regions
   * @throws SystemError EEXIST if it overlaps other memory, EINVAL if no slot is free; then none of it
   *   was added
   */
  addGuestMemory(memory: GuestMemory, flags: MemoryFlags = {}): number[] {
    const added: number[] = [];
    try {
      for (const { gpa, mapping } of memory.regions) {
        added.push(this.#addSlot(gpa, mapping, 'ram', flags));
      }
    } catch (error) {
      added.forEach((slot) => this.#removeSlot(slot));
      throw error;
    }
    this.#memories.push(memory);
    if (memory.end > this.#ramEnd) this.#ramEnd = memory.end;
    return added;
  }

  addDeviceMemory(gpa: bigint, mapping: MemoryMapping, flags: MemoryFlags = {}): number {
    checkBigint('addDeviceMemory', 'gpa', gpa, 0n, u64Maximum);
    if (gpa < this.#ramEnd) {
      const subject = `${hex(gpa)} (guest RAM ends at ${hex(this.#ramEnd)})`;
      throw systemError('ENOSPC', 'addDeviceMemory', subject);
    }
    return this.#addSlot(gpa, mapping, 'device', flags);
  }

  removeDeviceMemory(slot: number): MemoryMapping {
    const found = this.#slots.get(slot);
    if (found?.kind !== 'device') {
      throw systemError('ENOENT', 'removeDeviceMemory', `slot ${slot}`);
    }
    this.#removeSlot(slot);
    return found.mapping;
  }

  #addSlot(
    gpa: bigint,
    mapping: MemoryMapping,
    kind: Slot['kind'],
    { readOnly = mapping.readOnly, logDirtyPages = false }: MemoryFlags,
  ): number {
    const slot = this.#table.lowestFree();
    const host = mappingAddress(mapping);
    const flags = (readOnly ? KVM_MEM_READONLY : 0) | (logDirtyPages ? KVM_MEM_LOG_DIRTY_PAGES : 0);
    this.#setRegion(slot, { gpa, mapping, flags }, mapping.size, host);
    this.#slots.set(slot, { gpa, mapping, flags, kind, unpin: mapping.pin() });
    this.#table.set({ slot, start: gpa, end: gpa + BigInt(mapping.size), readOnly, host });
    return slot;
  }

  #removeSlot(slot: number): void {
    const found = this.#slots.get(slot);
    if (found === undefined) return;
    this.#setRegion(slot, found, 0, 0);
    this.#forgetSlot(slot, found);
  }

  #forgetSlot(slot: number, { unpin }: Slot): void {
    this.#table.clear(slot);
    this.#slots.delete(slot);
    unpin();
  }

  #setRegion(slot: number, { gpa, mapping, flags }: Region, size: number, host: number): void {
    const { address, view } = structMemory(kvmUserspaceMemoryRegion.size);
    writeStruct(kvmUserspaceMemoryRegion, view, 0, {
      slot,
      flags,
      guestPhysAddr: gpa,
      memorySize: BigInt(size),
      userspaceAddr: BigInt(host),
    });
    const subject = `slot ${slot}, ${mapping.name} at ${hex(gpa)}`;
    kvmCall(this.fd, KVM_SET_USER_MEMORY_REGION, address, 'KVM_SET_USER_MEMORY_REGION', subject);
  }

  /**
   * KVM_GET_DIRTY_LOG: the pages of a slot that the guest wrote since the last call. A write may show
   * a little later than its effect; none is lost.
   *
   * @throws SystemError ENOENT if the slot is not in use or does not log
   */
  dirtyLog(slot: number): DirtyLog {
    const found = this.#slots.get(slot);
    if (found === undefined) throw systemError('ENOENT', 'KVM_GET_DIRTY_LOG', `slot ${slot}`);
    const words = Math.ceil(found.mapping.size / pageSize / 64);
    const { address, view, bytes } = structMemory(kvmDirtyLog.size + words * 8);
    const dirtyBitmap = BigInt(address + kvmDirtyLog.size);
    writeStruct(kvmDirtyLog, view, 0, { slot, dirtyBitmap });
    kvmCall(this.fd, KVM_GET_DIRTY_LOG, address, 'KVM_GET_DIRTY_LOG', `slot ${slot}`);
    return new DirtyLog(bytes.slice(kvmDirtyLog.size, kvmDirtyLog.size + words * 8));
  }

  registerIoevent(event: Descriptor, address: IoeventAddress, datamatch?: Datamatch): void {
    this.#ioevent(event, address, datamatch, 0);
  }

  unregisterIoevent(event: Descriptor, address: IoeventAddress, datamatch?: Datamatch): void {
    this.#ioevent(event, address, datamatch, KVM_IOEVENTFD_FLAG_DEASSIGN);
  }

  #ioevent(
    event: Descriptor,
    address: IoeventAddress,
    { length, value }: Datamatch = { length: 0 },
    flag: number,
  ): void {
    const isPio = 'pio' in address;
    const addr = isPio ? address.pio : address.mmio;
    checkBigint('KVM_IOEVENTFD', 'address', addr, 0n, u64Maximum);
    checkInteger('KVM_IOEVENTFD', 'length', length, 0, 8);
    checkBigint('KVM_IOEVENTFD', 'value', value ?? 0n, 0n, u64Maximum);
    const flags =
      flag |
      (isPio ? KVM_IOEVENTFD_FLAG_PIO : 0) |
      (value === undefined ? 0 : KVM_IOEVENTFD_FLAG_DATAMATCH);
    const { address: memory, view } = structMemory(kvmIoeventfd.size);
    const { fd } = event;
    const request = { datamatch: value ?? 0n, addr, len: length, fd, flags };
    writeStruct(kvmIoeventfd, view, 0, request);
    const subject = `${isPio ? 'port' : 'address'} ${hex(addr)}`;
    kvmCall(this.fd, KVM_IOEVENTFD, memory, 'KVM_IOEVENTFD', subject);
  }

  registerIrqfd(event: Descriptor, gsi: number, { resample }: IrqfdOptions = {}): void {
    if (resample === undefined) this.#irqfd(event, gsi, 0, 0);
    else this.#irqfd(event, gsi, KVM_IRQFD_FLAG_RESAMPLE, resample.fd);
  }

  unregisterIrqfd(event: Descriptor, gsi: number): void {
    this.#irqfd(event, gsi, KVM_IRQFD_FLAG_DEASSIGN, 0);
  }

  #irqfd({ fd }: Descriptor, gsi: number, flags: number, resamplefd: number): void {
    checkInteger('KVM_IRQFD', 'gsi', gsi, 0, u32Maximum);
    const { address, view } = structMemory(kvmIrqfd.size);
    writeStruct(kvmIrqfd, view, 0, { fd, gsi, flags, resamplefd });
    kvmCall(this.fd, KVM_IRQFD, address, 'KVM_IRQFD', `gsi ${gsi}`, {
      EINVAL: 'it needs interrupt controllers, an eventfd, and a gsi below 4096',
    });
  }

  /**
   * KVM_CREATE_VCPU. It knows nothing of its processor at first: on x86-64 give it a cpuid
   * (`vcpu.state.setCpuid`), usually what `kvm.x86.supportedCpuid` gave, without which a guest has no long mode.
   *
   * @throws SystemError EEXIST if there is a vCPU of that id, EINVAL if the id is too high, EMFILE
   */
  createVcpu(id: number): Vcpu {
    checkInteger('KVM_CREATE_VCPU', 'id', id, 0, u32Maximum);
    const subject = `vCPU ${id}`;
    const fd = kvmCall(this.fd, KVM_CREATE_VCPU, id, 'KVM_CREATE_VCPU', subject);
    return this.#adoptVcpu(own(fd, subject), id);
  }

  #adoptVcpu(descriptor: OwnedFd, id: number): Vcpu {
    const origin = {
      descriptor,
      id,
      mmapSize: this.#vcpuMmapSize,
      slots: this.#table,
      memories: this.#memories,
    };
    try {
      const vcpu = new Vcpu(origin, () => {
        descriptor.close();
        this.#vcpus.delete(vcpu);
      });
      this.#vcpus.add(vcpu);
      return vcpu;
    } catch (error) {
      descriptor.close();
      throw error;
    }
  }

  /**
   * Ends the VM: vCPUs of this thread first, then every memory slot, then the VM itself. Device memory
   * that is still registered is closed, unless another VM shows it; guest RAM can be closed from then
   * on. A second time does nothing.
   *
   * @throws SystemError EBUSY while a vCPU runs in a thread of its own: stop it first
   */
  close(): void {
    if (this.closed) return;
    const running = [...this.#vcpus].filter((vcpu) => vcpu.closed).length;
    if (running > 0) throw this.#busy(running);
    for (const vcpu of this.#vcpus) vcpu.close();
    const slots = [...this.#slots];
    for (const [slot, found] of slots) {
      try {
        this.#setRegion(slot, found, 0, 0);
      } catch {
        // ENOMEM, since KVM copies its table of slots to change it: this one ends with the VM.
      }
    }
    this.#owned.close();
    for (const [slot, found] of slots) this.#forgetSlot(slot, found);
    for (const [, { mapping, kind }] of slots) {
      if (kind === 'device' && !mapping.pinned) mapping.close();
    }
  }

  #busy(running: number): SystemError {
    return systemError('EBUSY', 'close', `VM (${running} vCPUs run in threads of their own)`);
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
