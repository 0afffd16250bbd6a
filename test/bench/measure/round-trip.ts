/** A request and its response against C with the same system calls. */
import { compileC, program, subject } from '../contender.js';
import type { Measurement, Prepared } from '../measurement.js';

async function prepare(...mode: readonly string[]): Promise<Prepared> {
  const contenders = [await subject('vmwire', 'round-trip.js', ...mode)];
  const c = compileC('round_trip.c');
  if (c === undefined) return { contenders, missing: ['C: no gcc'] };
  contenders.push(await program('C', [c, ...mode]));
  return { contenders, missing: [] };
}

const inC = (atMost: number): Measurement['targets'] => [{ baseline: 'C', atMost }];

export const measurements: readonly Measurement[] = [
  {
    name: 'round-trip',
    title: 'request and response, both ends in one thread',
    count: 50_000,
    targets: inC(1.35),
    prepare: () => prepare('pair'),
  },
  {
    name: 'round-trip-descriptor',
    title: 'the same with a descriptor, closed at the end',
    count: 50_000,
    targets: inC(1.25),
    prepare: () => prepare('pair', 'descriptor'),
  },
  {
    name: 'round-trip-processes',
    title: 'request and response, two processes on one CPU, both synchronous',
    count: 50_000,
    targets: inC(1.15),
    prepare: () => prepare('process'),
  },
];
