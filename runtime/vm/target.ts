/** What a control protocol asks of a VM: implemented by `Vm` on KVM and by `SimulatedVm` in memory. */
import type { Descriptor } from '../codec/index.js';
import type { MemoryMapping } from '../memory/mapping.js';

/** Where a guest's write fires an ioeventfd: an I/O port, or a guest physical address. */
export type IoeventAddress = { readonly pio: bigint } | { readonly mmio: bigint };

/**
 * Constructors of addresses.
 *
 * @example
 * vm.registerIoevent(event, IoeventAddress.pio(0x600n));
 */
export const IoeventAddress = {
  /** An I/O port, 0 to 0xffff. */
  pio: (port: bigint): IoeventAddress => ({ pio: port }),
  /** A guest physical address in bytes. */
  mmio: (gpa: bigint): IoeventAddress => ({ mmio: gpa }),
};

/** Which writes fire an ioeventfd. Without it, a write of any length and any value does. */
export interface Datamatch {
  /** Bytes that the guest must write at once; 0 is any number. */
  readonly length: 0 | 1 | 2 | 4 | 8;
  /** The value that it must write, if only that one counts (not with length 0: EINVAL). */
  readonly value?: bigint | undefined;
}

/** How device memory is seen. */
export interface MemoryFlags {
  /** The guest's writes leave the VM as MMIO exits and change nothing. */
  readonly readOnly?: boolean | undefined;
  /** KVM records the pages that the guest writes (`Vm.dirtyLog`). */
  readonly logDirtyPages?: boolean | undefined;
}

/** Options of an irqfd. */
export interface IrqfdOptions {
  /** For a level-triggered line: KVM signals this eventfd when the guest acknowledges the interrupt. */
  readonly resample?: Descriptor | undefined;
}

/**
 * A VM as `execute` sees it. Errors are `SystemError` with KVM's errnos, and whatever was begun when
 * one is thrown is undone.
 */
export interface VmTarget {
  /**
   * Shows a mapping to the guest as device memory and pins it.
   *
   * @param gpa guest physical address in bytes, a multiple of 4096
   * @returns the memory slot, the lowest that is free
   * @throws SystemError EEXIST if it overlaps other memory, EINVAL if the address or size is not whole
   *   pages or out of range, ENOSPC if it would lie in guest RAM, EBADF if the mapping is closed
   */
  addDeviceMemory(gpa: bigint, mapping: MemoryMapping, flags?: MemoryFlags): number;

  /**
   * Takes device memory away from the guest, and frees its slot.
   *
   * @returns the mapping, unpinned, which is the caller's to close
   * @throws SystemError ENOENT if the slot holds no device memory
   */
  removeDeviceMemory(slot: number): MemoryMapping;

  /**
   * Fires an eventfd when the guest writes to an address, without leaving the kernel.
   *
   * @throws SystemError EEXIST if that address and datamatch are taken, EINVAL if they make no sense
   */
  registerIoevent(event: Descriptor, address: IoeventAddress, datamatch?: Datamatch): void;

  /**
   * Undoes `registerIoevent`, with the same arguments.
   *
   * @throws SystemError ENOENT if nothing of the kind is registered
   */
  unregisterIoevent(event: Descriptor, address: IoeventAddress, datamatch?: Datamatch): void;

  /**
   * Raises an interrupt line of the guest whenever the eventfd is signalled.
   *
   * @param gsi global system interrupt
   * @throws SystemError EINVAL without an interrupt controller, EBUSY if the eventfd is in use already
   */
  registerIrqfd(event: Descriptor, gsi: number, options?: IrqfdOptions): void;

  /** Undoes `registerIrqfd`, with the same arguments. Nothing happens if it wasn't registered. */
  unregisterIrqfd(event: Descriptor, gsi: number): void;
}
