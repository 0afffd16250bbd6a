/** What encoding and decoding allocate: sizes of V8's objects on a 64-bit machine. */
import { subject } from '../contender.js';
import type { Measurement } from '../measurement.js';
import { requests, responses } from '../subject/messages.js';
import type { Target } from '../target.js';

const word = 8;
/** Map, properties and elements; then its members. */
const object = (members: number): number => (3 + members) * word;
/**
 * Map, sign and length, and one digit. Where V8 makes one in place rather than by a call, it takes the
 * room of a zero, which has no digit, as well.
 */
const bigint = (3 + 2) * word;
/** Map, properties, elements and length; the elements have a map and a length of their own. */
const arrayOfOne = (4 + 3) * word;

function allocates(kind: string, message: { readonly type: string }): Measurement {
  const members = Object.values<unknown>({ ...message });
  const sendsDescriptor = 'memory' in message;
  const wide = members.filter((member) => typeof member === 'bigint').length;
  const limits: readonly Target[] = [
    { kind: 'value', figure: 'encode', atMost: sendsDescriptor ? arrayOfOne : 0 },
    { kind: 'value', figure: 'decode', atMost: object(members.length) + wide * bigint },
  ];
  return {
    name: `allocation-${kind}-${message.type}`,
    title: `bytes allocated for each ${kind} ${message.type}`,
    count: 10_000_000,
    mostRounds: 1,
    figures: [
      { name: 'encode', unit: 'bytes' },
      { name: 'decode', unit: 'bytes' },
    ],
    targets: limits,
    prepare: async () => ({
      contenders: [await subject('vmwire', 'allocation', kind, message.type)],
      missing: [],
    }),
  };
}

export const allocation: readonly Measurement[] = [
  ...requests.map((message) => allocates('request', message)),
  ...responses.map((message) => allocates('response', message)),
];
