/** Every measurement, in the order in which they run. */
import type { Measurement } from '../measurement.js';
import { allocation } from './allocation.js';
import { clientMemory } from './client-memory.js';
import { manyClients } from './clients.js';
import { codec } from './codec.js';
import { compilerMeasurements } from './compiler.js';
import { decode } from './decode.js';
import { guestMemory } from './guest-memory.js';
import { kvmExits } from './kvm-exits.js';
import { kvmKick } from './kvm-kick.js';
import { kvmRegister } from './kvm-register.js';
import { passDescriptor } from './pass-descriptor.js';
import { roundTrips } from './round-trip.js';
import { startup } from './startup.js';

/** @param moreNodes programs whose start-up is measured beside those that are found */
export function allMeasurements(moreNodes: readonly string[]): readonly Measurement[] {
  return [
    ...codec,
    ...decode,
    ...allocation,
    ...roundTrips,
    ...passDescriptor,
    ...manyClients,
    clientMemory,
    kvmRegister,
    ...kvmExits,
    kvmKick,
    ...guestMemory,
    ...startup(moreNodes),
    ...compilerMeasurements,
  ];
}
