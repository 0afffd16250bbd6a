/** Decoding each message, against the libraries that a user could pick instead. */
import { subject } from '../contender.js';
import type { Measurement } from '../measurement.js';
import { requests, responses } from '../subject/messages.js';
import { faster } from '../target.js';

function decoding(kind: string, variant: string): Measurement {
  return {
    name: `decode-${kind}-${variant}`,
    title: `decode the ${kind} ${variant}`,
    count: 300_000,
    targets: [faster(8, 'Kaitai'), faster(50, 'koffi'), faster(20, 'protobuf-es')],
    prepare: async () => ({
      contenders: [
        await subject('vmwire', 'decode', 'vmwire', kind, variant),
        await subject('Kaitai', 'decode', 'kaitai', kind, variant),
        await subject('koffi', 'decode', 'koffi', kind, variant),
        await subject('protobuf-es', 'decode', 'protobuf', kind, variant),
      ],
      missing: [],
    }),
  };
}

export const decode: readonly Measurement[] = [
  ...requests.map(({ type }) => decoding('request', type)),
  ...responses.map(({ type }) => decoding('response', type)),
];
