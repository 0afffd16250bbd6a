/** Decoding, against the libraries that a user could pick instead. */
import { subject } from '../contender.js';
import type { Measurement } from '../measurement.js';
import { faster } from '../target.js';

export const decode: Measurement = {
  name: 'codec-decode',
  title: 'decode the request registerMemory',
  count: 200_000,
  targets: [faster(8, 'Kaitai'), faster(50, 'koffi'), faster(20, 'protobuf-es')],
  prepare: async () => ({
    contenders: [
      await subject('vmwire', 'decode', 'vmwire'),
      await subject('Kaitai', 'decode', 'kaitai'),
      await subject('koffi', 'decode', 'koffi'),
      await subject('protobuf-es', 'decode', 'protobuf'),
    ],
    missing: [],
  }),
};
