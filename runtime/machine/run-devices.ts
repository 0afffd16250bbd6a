/** Runs a vCPU and answers its exits from a bus of devices. */
import { KVM_EXIT_IO, KVM_EXIT_MMIO } from '../../native/kvm/numbers.js';
import type { Bus, DeviceBus } from '../devices/bus.js';
import type { Exit } from '../kvm/exits.js';
import type { RunPage } from '../kvm/run-page.js';
import type { Vcpu } from '../kvm/vcpu.js';

function access(bus: Bus, address: number, isWrite: boolean, data: Uint8Array): boolean {
  return isWrite ? bus.write(address, data) : bus.read(address, data);
}

/** String instructions come as one exit: the port sees each of their accesses. */
function answerIo(page: RunPage, bus: Bus): void {
  const { ioPort, ioIsOut, ioSize, ioCount } = page;
  const all = page.ioData();
  for (let index = 0; index < ioCount; index++) {
    const data = ioCount === 1 ? all : all.subarray(index * ioSize, (index + 1) * ioSize);
    if (!access(bus, ioPort, ioIsOut, data) && !ioIsOut) data.fill(0xff);
  }
}

/**
 * Runs the guest until it exits for something that no device answers. Ports and addresses without a
 * device read as ones and ignore writes, as on a real machine.
 *
 * @returns the exit: never `io` or `mmio`
 *
 * @example
 * const bus = new DeviceBus();
 * bus.pio.add(0x3f8, 8, serial);
 * const exit = runDevices(vcpu, bus); // { reason: 'hlt' }
 */
export function runDevices(vcpu: Vcpu, bus: DeviceBus): Exit {
  const { page } = vcpu;
  for (;;) {
    const result = vcpu.enter();
    if (result === 'interrupted') return { reason: 'interrupted' };
    if (result === 'fault') return vcpu.exit(result);
    const { exitReason } = page;
    if (exitReason === KVM_EXIT_IO) {
      answerIo(page, bus.pio);
    } else if (exitReason === KVM_EXIT_MMIO) {
      const data = page.mmioData();
      if (!access(bus.mmio, page.mmioAddress, page.mmioIsWrite, data)) {
        const exit = vcpu.exit(result);
        if (exit.reason === 'memoryFault') return exit;
        if (!page.mmioIsWrite) data.fill(0xff);
      }
    } else {
      return vcpu.exit(result);
    }
  }
}
