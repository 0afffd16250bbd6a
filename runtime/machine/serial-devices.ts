/** The devices of a machine that brings none of its own: a serial port that the guest prints on. */
import { DeviceBus } from '../devices/bus.js';
import { Serial } from '../devices/serial.js';
import type { Devices } from './devices-module.js';

/** COM1: its eight registers begin at this port. */
const serialPort = 0x3f8;

/** Posts each byte that the guest prints. */
const devices: Devices = ({ post }) => {
  const bus = new DeviceBus();
  bus.pio.add(serialPort, 8, new Serial({ output: post }));
  return bus;
};

export default devices;
