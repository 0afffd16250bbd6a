/** `vmwire unregister`: takes memory away from the guest. */
import { clientOptions, noReplyOption, request } from './client.js';
import type { Command } from './command.js';
import { integer } from './numbers.js';

export const command: Command = {
  name: 'unregister',
  summary: 'Takes memory that was registered away from the guest.',
  positionals: 'SOCKET SLOT',
  options: { ...clientOptions, ...noReplyOption },
  details: 'SLOT is what vmwire register printed.',
  run: (args) => {
    const slot = integer('SLOT', args.positionals[1] ?? '', 0, 2 ** 32 - 1);
    return request(args, { type: 'unregisterMemory', slot });
  },
};
