/** One server with many clients: each sends its next request when it has its answer. */
import { compileC, program, subjectFile } from '../contender.js';
import type { Measurement } from '../measurement.js';
import { type Target, atMost, faster } from '../target.js';

const theOne = 'vmwire with 1 client';

function withClients(clients: number, targets: readonly Target[]): Measurement {
  return {
    name: `clients-${clients}`,
    title: `requests of ${clients} client${clients === 1 ? '' : 's'}, on one CPU with the server`,
    count: 20_000,
    figures: [
      { name: 'time', unit: 'ns' },
      { name: 'p50', unit: 'ns' },
      { name: 'p99', unit: 'ns' },
    ],
    targets,
    prepare: async () => {
      const c = compileC('many_clients.c');
      if (c === undefined) return { contenders: [], missing: ['the clients and C: no gcc'] };
      const server = [process.execPath, subjectFile('control-server')];
      const contenders = [
        await program('vmwire', [c, `${clients}`, ...server]),
        await program('C', [c, `${clients}`]),
      ];
      if (clients > 1) contenders.push(await program(theOne, [c, '1', ...server]));
      return { contenders, missing: [] };
    },
  };
}

export const manyClients: readonly Measurement[] = [
  withClients(1, []),
  withClients(10, []),
  withClients(100, []),
  withClients(1000, [faster(1.2, theOne), atMost(1.5, 'C')]),
];
