/** Tells the main thread whenever the vCPU's thread has its turn outside of the guest. */
import { DeviceBus } from 'vmwire';
import { NativeBlock } from '../../../native/block.js';
import { write } from '../../../native/eventfd.js';
import type { Devices } from '../../../runtime/kvm/devices-module.js';

const devices: Devices = ({ data: eventfd }) => {
  if (typeof eventfd !== 'number') throw new TypeError('nobody to tell');
  const one = new NativeBlock(8);
  one.view.setBigUint64(0, 1n, true);
  const turn = (): void => {
    write(eventfd, one.address, 8);
    setImmediate(turn);
  };
  setImmediate(turn);
  return new DeviceBus();
};
export default devices;
