/** Encoding and decoding against a codec written by hand, and decoding against other libraries. */
import { subject } from '../contender.js';
import type { Measurement } from '../measurement.js';
import { requests, responses } from '../subject/messages.js';

function bothWays(kind: string, variant: string): Measurement {
  return {
    name: `codec-${kind}-${variant}`,
    title: `encode and decode the ${kind} ${variant}`,
    count: 2_000_000,
    targets: [{ baseline: 'by hand', atMost: 1.1 }],
    prepare: async () => ({
      contenders: [
        await subject('vmwire', 'codec.js', 'vmwire', kind, variant),
        await subject('by hand', 'codec.js', 'by-hand', kind, variant),
      ],
      missing: [],
    }),
  };
}

const decoding: Measurement = {
  name: 'codec-decode',
  title: 'decode the request registerMemory',
  count: 500_000,
  targets: [
    { baseline: 'Kaitai', atMost: 1 / 8 },
    { baseline: 'koffi', atMost: 1 / 50 },
    { baseline: 'protobuf-es', atMost: 1 / 20 },
  ],
  prepare: async () => ({
    contenders: [
      await subject('vmwire', 'decode.js', 'vmwire'),
      await subject('Kaitai', 'decode.js', 'kaitai'),
      await subject('koffi', 'decode.js', 'koffi'),
      await subject('protobuf-es', 'decode.js', 'protobuf'),
    ],
    missing: [],
  }),
};

export const measurements: readonly Measurement[] = [
  ...requests.map(({ type }) => bothWays('request', type)),
  ...responses.map(({ type }) => bothWays('response', type)),
  decoding,
];
