/** What requests act on: a VM, the memory that clients registered, the balloon, and the rules. */
import type { Policy } from '../codec/index.js';
import type { BalloonTarget } from './balloon-socket.js';
import type { VmTarget } from '../vm/target.js';
import { AddressAllocator, BumpAllocator, type RangeAllocator } from '../memory/allocator.js';
import { checkBigint, checkInteger, checkOneOf } from '../arguments.js';
import { shareKind } from '../kind.js';
import { checkPolicy } from './messages.js';
import { DeviceMemory, type DeviceMemoryLimits } from './device-memory.js';

/** The guest physical address where device memory begins: page frame number 1 << 26, as in the reference. */
const deviceWindowStart = 1n << 38n;
/** Where it ends: every x86-64 CPU with virtualisation reaches that far (46 address bits). */
const deviceWindowEnd = 1n << 46n;

const defaultLimits: DeviceMemoryLimits = { bytes: 1n << 40n, slots: 4096 };
/** KVM's own remain. */
const noLimits: DeviceMemoryLimits = { bytes: 1n << 64n, slots: Number.POSITIVE_INFINITY };

/** A limit that is left out is the default one; one that is no number would limit nothing. */
function limitsOf(
  defaults: DeviceMemoryLimits,
  { bytes = defaults.bytes, slots = defaults.slots }: Partial<DeviceMemoryLimits> = {},
): DeviceMemoryLimits {
  checkBigint('ExecuteContext', 'limits.bytes', bytes, 0n, noLimits.bytes);
  if (slots !== noLimits.slots) {
    checkInteger('ExecuteContext', 'limits.slots', slots, 0, Number.MAX_SAFE_INTEGER);
  }
  return { bytes, slots };
}

/** Rules and parts of a context. */
export interface ExecuteOptions {
  /** Default `strict`. `crosvm2018` takes any backing of any size, and never reuses an address. */
  readonly policy?: Policy | undefined;
  /** Which descriptors can be registered: see `BackingRules.kind`. By default what the policy says. */
  readonly backing?: 'memfd' | 'any' | undefined;
  /** For all clients together. Default 1 TiB in 4,096 slots; with `crosvm2018` none. */
  readonly limits?: Partial<DeviceMemoryLimits> | undefined;
  /** Where device memory goes. Default: first fit from 256 GiB to 64 TiB. */
  readonly allocator?: RangeAllocator | undefined;
  /** Without one, adjusting the balloon is refused with ENODEV. */
  readonly balloon?: BalloonTarget | undefined;
}

/**
 * What `execute` works on.
 *
 * @example
 * using vm = new SimulatedVm();
 * using context = new ExecuteContext(vm, { limits: { bytes: 1n << 30n } });
 * execute({ type: 'exit' }, context);
 * context.running; // false
 */
export class ExecuteContext implements Disposable {
  static {
    shareKind(this, 'ExecuteContext');
  }

  readonly vm: VmTarget;
  readonly policy: Policy;
  readonly balloon: BalloonTarget | undefined;
  readonly memory: DeviceMemory;
  /** Set to false by the request `exit`, to true by every other. */
  running = true;

  constructor(vm: VmTarget, options: ExecuteOptions = {}) {
    const { policy = 'strict' } = options;
    checkPolicy('ExecuteContext', policy);
    const strict = policy === 'strict';
    const { backing = strict ? 'memfd' : 'any' } = options;
    checkOneOf('ExecuteContext', 'backing', backing, ['memfd', 'any']);
    this.vm = vm;
    this.policy = policy;
    this.balloon = options.balloon;
    this.memory = new DeviceMemory(
      vm,
      options.allocator ??
        (strict
          ? new AddressAllocator(deviceWindowStart, deviceWindowEnd)
          : new BumpAllocator(deviceWindowStart)),
      { kind: backing, allowShort: !strict },
      limitsOf(strict ? defaultLimits : noLimits, options.limits),
    );
  }

  /** Unregisters what clients left registered. The VM and the balloon stay the caller's. */
  close(): void {
    this.memory.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
