/** What each client costs its server in memory. */
import { program, subjectFile } from '../contender.js';
import type { Measurement } from '../measurement.js';

export const clientMemory: Measurement = {
  name: 'clients-memory',
  title: 'memory that a server keeps for each of 1,000 clients, after garbage collection',
  count: 1000,
  mostRounds: 3,
  figures: [
    { name: 'heap and buffers', unit: 'bytes' },
    { name: 'resident', unit: 'bytes' },
  ],
  targets: [{ kind: 'value', figure: 'heap and buffers', atMost: 1024 }],
  prepare: async () => {
    const file = subjectFile('client-memory');
    const contender = await program('vmwire', [process.execPath, '--expose-gc', file]);
    return { contenders: [contender], missing: [] };
  },
};
