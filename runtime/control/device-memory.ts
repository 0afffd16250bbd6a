/** The memory that clients register: checked, placed, limited, and rolled back when anything refuses. */
import type { Descriptor } from '../codec/index.js';
import { SystemError, systemError } from '../errors.js';
import type { VmTarget } from '../vm/target.js';
import type { RangeAllocator } from '../memory/allocator.js';
import { querySeals } from '../memory/backing.js';
import { checkBigint } from '../arguments.js';
import { MemoryMapping } from '../memory/mapping.js';

/** How much device memory all clients of a VM together may have registered at one time. */
export interface DeviceMemoryLimits {
  readonly bytes: bigint;
  readonly slots: number;
}

/** Which checks a descriptor passes before it's mapped. */
export interface BackingRules {
  /**
   * - `memfd`: memory that can be sealed. Its answers come at once, whoever made it.
   * - `any`: whatever can be mapped, on file systems that may block as long as they like.
   */
  readonly kind: 'memfd' | 'any';
  /** Accepts memory that is smaller than the size that is registered: the guest faults on the rest. */
  readonly allowShort: boolean;
}

/** Where memory came to lie. */
export interface Registration {
  /** Page frame number: the guest physical address divided by 4096. */
  readonly pfn: bigint;
  readonly slot: number;
}

interface Registered {
  readonly gpa: bigint;
  readonly size: bigint;
}

const pageSize = 4096n;

/** Device memory of one VM, by slot. */
export class DeviceMemory {
  readonly #vm: VmTarget;
  readonly #allocator: RangeAllocator;
  readonly #backing: BackingRules;
  readonly #limits: DeviceMemoryLimits;
  readonly #registered = new Map<number, Registered>();
  #bytes = 0n;

  constructor(
    vm: VmTarget,
    allocator: RangeAllocator,
    backing: BackingRules,
    limits: DeviceMemoryLimits,
  ) {
    this.#vm = vm;
    this.#allocator = allocator;
    this.#backing = backing;
    this.#limits = limits;
  }

  /** What is registered now. */
  get usage(): DeviceMemoryLimits {
    return { bytes: this.#bytes, slots: this.#registered.size };
  }

  /**
   * Maps `size` bytes of the descriptor's memory from offset 0 on, and shows them to the guest. The
   * descriptor stays the caller's, and may be closed at once.
   *
   * @throws SystemError ENOSPC at a limit, EINVAL if size or descriptor can't be, and what mapping and
   *   KVM say. Nothing is left behind.
   */
  register(memory: Descriptor, size: bigint): Registration {
    checkBigint('register', 'size', size, 0n, 2n ** 64n - 1n);
    const bytes = Number(size);
    if (size <= 0n || size % pageSize !== 0n || !Number.isSafeInteger(bytes)) {
      throw systemError('EINVAL', 'register', `${size} bytes (must be whole pages)`);
    }
    if (this.#registered.size >= this.#limits.slots || this.#bytes + size > this.#limits.bytes) {
      throw systemError('ENOSPC', 'register', `${size} bytes (the limit of device memory)`);
    }
    const mapping = this.#map(memory, bytes);
    try {
      return this.#place(mapping, size);
    } catch (error) {
      mapping.close();
      throw error;
    }
  }

  /**
   * Takes memory away from the guest and unmaps it.
   *
   * @throws SystemError ENOENT if no client registered the slot
   */
  unregister(slot: number): void {
    const registered = this.#registered.get(slot);
    if (registered === undefined) throw systemError('ENOENT', 'unregister', `slot ${slot}`);
    const mapping = this.#vm.removeDeviceMemory(slot);
    this.#forget(slot, registered);
    mapping.close();
  }

  #forget(slot: number, { gpa, size }: Registered): void {
    this.#registered.delete(slot);
    this.#bytes -= size;
    this.#allocator.free(gpa);
  }

  /** Unregisters everything. A VM that was closed before has unmapped it all. */
  close(): void {
    for (const [slot, registered] of this.#registered) {
      try {
        this.unregister(slot);
      } catch (error) {
        if (!(error instanceof SystemError && error.code === 'ENOENT')) throw error;
        this.#forget(slot, registered);
      }
    }
  }

  #map(memory: Descriptor, size: number): MemoryMapping {
    const name = `fd ${memory.fd}`;
    // Before any other call: of all that can be asked about a stranger's descriptor, this can't block.
    const sealable = isSealable(memory, name);
    if (!sealable && this.#backing.kind === 'memfd') {
      throw systemError('EINVAL', 'register', `${name} (not a memfd)`);
    }
    // Devices and the like tell no size, so that with `any` only memfds are held to theirs.
    const allowShort = this.#backing.allowShort || !sealable;
    return MemoryMapping.map(memory, size, { allowShort, name });
  }

  #place(mapping: MemoryMapping, size: bigint): Registration {
    const gpa = this.#allocator.allocate(size);
    try {
      const slot = this.#vm.addDeviceMemory(gpa, mapping);
      this.#registered.set(slot, { gpa, size });
      this.#bytes += size;
      return { pfn: gpa / pageSize, slot };
    } catch (error) {
      this.#allocator.cancel(gpa);
      throw error;
    }
  }
}

/** Whether it's memory with seals. An O_PATH descriptor (EBADF) is none. */
function isSealable(memory: Descriptor, name: string): boolean {
  try {
    return querySeals(memory.fd, name) !== undefined;
  } catch {
    return false;
  }
}
