/** Every measurement, in the order in which they run. */
import type { Measurement } from '../measurement.js';
import { allocation } from './allocation.js';
import { codec } from './codec.js';
import { decode } from './decode.js';
import { clientMemory } from './client-memory.js';
import { manyClients } from './clients.js';
import { kvmExits } from './kvm-exits.js';
import { kvmKick } from './kvm-kick.js';
import { kvmRegister } from './kvm-register.js';
import { passDescriptor } from './pass-descriptor.js';
import { roundTrips } from './round-trip.js';

/** @param _nodes more versions of Node whose start-up is measured */
export function allMeasurements(_nodes: readonly string[]): readonly Measurement[] {
  return [
    ...codec,
    decode,
    ...allocation,
    ...roundTrips,
    ...passDescriptor,
    ...manyClients,
    clientMemory,
    kvmRegister,
    ...kvmExits,
    kvmKick,
  ];
}
