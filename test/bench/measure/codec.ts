/** Encoding and decoding each message, against a codec written by hand and the generated Rust. */
import { compileRust, program, subject } from '../contender.js';
import type { Measurement } from '../measurement.js';
import { requests, responses } from '../subject/messages.js';
import { atMost } from '../target.js';

function bothWays(kind: string, variant: string): Measurement {
  return {
    name: `codec-${kind}-${variant}`,
    title: `encode and decode the ${kind} ${variant}`,
    count: 2_000_000,
    targets: [atMost(1.1, 'by hand')],
    prepare: async () => {
      const contenders = [
        await subject('vmwire', 'codec', 'vmwire', kind, variant),
        await subject('by hand', 'codec', 'by-hand', kind, variant),
      ];
      const rust = compileRust('codec.rs');
      if (rust === undefined) return { contenders, missing: ['Rust: no rustc'] };
      contenders.push(await program('Rust', [rust, kind, variant]));
      return { contenders, missing: [] };
    },
  };
}

export const codec: readonly Measurement[] = [
  ...requests.map(({ type }) => bothWays('request', type)),
  ...responses.map(({ type }) => bothWays('response', type)),
];
