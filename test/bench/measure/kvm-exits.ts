/** Exits of a vCPU that a device answers. */
import type { Measurement } from '../measurement.js';
import { atMost } from '../target.js';
import { onKvm } from './kvm.js';

function exits(mode: string): Measurement {
  return {
    name: `kvm-${mode}`,
    title: `exits by ${mode.toUpperCase()} in a worker, through the bus of devices`,
    count: 3_000,
    targets: [atMost(1.1, 'C'), { kind: 'added', baseline: 'C', atMost: 600 }],
    prepare: () => onKvm(mode, 'kvm-exits'),
  };
}

export const kvmExits: readonly Measurement[] = [exits('pio'), exits('mmio')];
