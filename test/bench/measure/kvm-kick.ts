/** Getting a halted vCPU out of KVM_RUN. */
import type { Measurement } from '../measurement.js';
import { atMost } from '../target.js';
import { onKvm } from './kvm.js';

export const kvmKick: Measurement = {
  name: 'kvm-kick',
  title: 'kick a halted vCPU, until its thread has its turn outside of the guest',
  count: 2_000,
  figures: [
    { name: 'time with a pause', unit: 'ns' },
    { name: 'p50', unit: 'ns' },
    { name: 'p99', unit: 'ns' },
  ],
  targets: [atMost(1.4, 'C', 'p50'), atMost(1.4, 'C', 'p99')],
  prepare: () => onKvm('kick', 'kvm-kick'),
};
