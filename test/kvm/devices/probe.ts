/** Devices for the tests of vCPU threads: what the guest writes to port 0x700 decides what happens. */
import { DeviceBus } from '../../../runtime/devices/bus.js';
import type { Devices } from '../../../runtime/machine/devices-module.js';

/** Values that the guest writes. */
export const command = { post: 1, throw: 2, exit: 3, completeIo: 4 } as const;

const devices: Devices = ({ vcpu, memory, data, post, onMessage }) => {
  const bus = new DeviceBus();
  const heard: unknown[] = [];
  onMessage((message) => {
    heard.push(message);
    post({ heard: message });
  });
  bus.pio.add(0x700, 1, {
    read: (_, target) => {
      target[0] = heard.length;
    },
    write: (_, [value]) => {
      switch (value) {
        case command.post:
          post({ data, ram: memory.readUint8(0x2000n), rip: vcpu.state.getRegisters().rip });
          return;
        case command.throw:
          throw new Error('the device broke');
        case command.exit:
          return process.exit(7);
        case command.completeIo:
          vcpu.completeIo();
          return;
        default:
          post({ value });
      }
    },
  });
  return bus;
};

export default devices;
