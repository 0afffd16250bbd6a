/** Tells the main thread whenever the vCPU's thread has its turn outside of the guest. */
import { DeviceBus } from 'vmwire';
import type { Devices } from '../../../runtime/kvm/devices-module.js';

const devices: Devices = ({ data }) => {
  if (!(data instanceof SharedArrayBuffer)) throw new TypeError('nobody to tell');
  const word = new Int32Array(data);
  const turn = (): void => {
    Atomics.store(word, 0, 1);
    Atomics.notify(word, 0);
    setImmediate(turn);
  };
  setImmediate(turn);
  return new DeviceBus();
};
export default devices;
