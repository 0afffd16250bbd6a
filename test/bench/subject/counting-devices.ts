/** A port and an address that count: after as many writes as a round wants they wait for the next one. */
import { DeviceBus } from 'vmwire';
import type { Devices } from '../../../runtime/machine/devices-module.js';
import { Rounds } from './rounds.js';

const devices: Devices = ({ data }) => {
  if (!(data instanceof SharedArrayBuffer)) throw new TypeError('no rounds to run');
  const rounds = new Rounds(data);
  let left = 1;
  let sum = 0;
  const device = {
    write(_offset: number, written: Uint8Array): void {
      sum += written[0] ?? 0;
      if (--left === 0) left = rounds.next();
    },
  };
  const bus = new DeviceBus();
  bus.pio.add(0x10, 1, device);
  bus.mmio.add(0x8000n, 1, device);
  return bus;
};
export default devices;
