/** What a module of devices exports, and what it's given: it runs in the thread of a vCPU. */
import type { DeviceBus } from '../devices/bus.js';
import type { GuestMemory } from '../memory/guest-memory.js';
import type { Vcpu } from '../kvm/vcpu.js';

/** What the devices of one vCPU's thread have to do with. */
export interface DevicesContext {
  /** The vCPU: a device may read its registers during an access, but not run it. */
  readonly vcpu: Vcpu;
  /** The VM's RAM as of when the vCPU was started, mapped in this thread. */
  readonly memory: GuestMemory;
  /** `data` of `VcpuHandle.start`, cloned. */
  readonly data: unknown;
  /** Sends a message to the handle (`onMessage` of `VcpuHandle.start`). */
  readonly post: (message: unknown) => void;
  /** Takes messages from the handle (`VcpuHandle.post`), between two runs of the guest. */
  readonly onMessage: (listener: (message: unknown) => void) => void;
}

/**
 * The default export of a module of devices: makes the bus that answers a vCPU's exits.
 *
 * @example
 * // devices.ts
 * const devices: Devices = ({ post }) => {
 *   const bus = new DeviceBus();
 *   bus.pio.add(0x3f8, 8, new Serial({ output: post }));
 *   return bus;
 * };
 * export default devices;
 */
export type Devices = (context: DevicesContext) => DeviceBus | Promise<DeviceBus>;
