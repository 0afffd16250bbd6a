/** Tells the main thread, once for each time that it asks, that the vCPU's thread is outside of the guest. */
import { DeviceBus } from 'vmwire';
import { NativeBlock } from '../../../native/block.js';
import { write } from '../../../native/eventfd.js';
import type { Devices } from '../../../runtime/machine/devices-module.js';

/** What the main thread gives: where it waits, and a word that is 1 while it does. */
export interface KickBell {
  readonly eventfd: number;
  readonly waiting: Int32Array;
}

const devices: Devices = ({ data }) => {
  const { eventfd, waiting } = data as KickBell; // as kvm-kick.ts starts it
  const one = new NativeBlock(8);
  one.view.setBigUint64(0, 1n, true);
  const turn = (): void => {
    // One kick may take several turns: the first one counts.
    if (Atomics.exchange(waiting, 0, 0) === 1) write(eventfd, one.address, 8);
    setImmediate(turn);
  };
  setImmediate(turn);
  return new DeviceBus();
};
export default devices;
