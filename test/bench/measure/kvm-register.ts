/** Registering memory on KVM, and unregistering it. */
import type { Measurement } from '../measurement.js';
import { atMost } from '../target.js';
import { onKvm } from './kvm.js';

export const kvmRegister: Measurement = {
  name: 'kvm-register',
  title: 'execute a registration of memory and its end on KVM, no vCPU running',
  count: 1_000,
  targets: [atMost(1.1, 'C')],
  prepare: () => onKvm('register', 'kvm-register'),
};
