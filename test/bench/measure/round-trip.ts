/** A request and its response against C with the same system calls. */
import { compileC, program, subject } from '../contender.js';
import type { Measurement } from '../measurement.js';
import { atMost } from '../target.js';

function roundTrip(
  name: string,
  title: string,
  limit: number,
  ours: readonly string[],
  inC: readonly string[],
): Measurement {
  return {
    name,
    title: `request and response, ${title}`,
    count: 20_000,
    targets: [atMost(limit, 'C')],
    prepare: async () => {
      const contenders = [await subject('vmwire', 'round-trip', ...ours)];
      const c = compileC('round_trip.c');
      if (c === undefined) return { contenders, missing: ['C: no gcc'] };
      contenders.push(await program('C', [c, ...inC]));
      return { contenders, missing: [] };
    },
  };
}

export const roundTrips: readonly Measurement[] = [
  roundTrip('round-trip', 'both ends in one thread', 1.35, ['pair'], ['pair']),
  roundTrip(
    'round-trip-descriptor',
    'both ends in one thread, with a descriptor that is closed at the end',
    1.25,
    ['pair', 'descriptor'],
    ['pair', 'descriptor'],
  ),
  roundTrip(
    'round-trip-processes',
    'two processes on one CPU, both synchronous',
    1.15,
    ['process'],
    ['process'],
  ),
  roundTrip(
    'round-trip-server',
    'a synchronous client and ControlServer (in C: epoll), two processes on one CPU',
    1.35,
    ['server'],
    ['epoll'],
  ),
];
