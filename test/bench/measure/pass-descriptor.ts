/** A descriptor from one process to another, against what Node and Python bring along. */
import { join } from 'node:path';
import { baselineFolder, found, program, subject } from '../contender.js';
import type { Measurement } from '../measurement.js';
import { faster } from '../target.js';

function passing(mode: string, title: string, timesNode: number): Measurement {
  return {
    name: `descriptor-${mode}`,
    title: `pass a descriptor to another process, ${title}`,
    count: 5_000,
    targets: [faster(timesNode, 'process.send'), faster(1.1, 'Python')],
    prepare: async () => {
      const node = join(baselineFolder, 'pass_descriptor.mjs');
      const contenders = [
        await subject('vmwire', 'pass-descriptor', mode),
        await program('process.send', [process.execPath, node, mode]),
      ];
      if (!found('python3')) return { contenders, missing: ['Python: no python3'] };
      const python = join(baselineFolder, 'pass_descriptor.py');
      contenders.push(await program('Python', ['python3', python, mode]));
      return { contenders, missing: [] };
    },
  };
}

export const passDescriptor: readonly Measurement[] = [
  passing('round-trip', 'which closes it and answers', 3.5),
  passing('one-way', 'which closes it; the last one is answered', 10),
];
