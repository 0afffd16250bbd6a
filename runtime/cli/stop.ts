/** `vmwire stop`: asks a VM to exit. */
import { clientOptions, noReplyOption, request } from './client.js';
import type { Command } from './command.js';

export const command: Command = {
  name: 'stop',
  summary: 'Asks a VM to exit.',
  positionals: 'SOCKET',
  options: { ...clientOptions, ...noReplyOption },
  run: (args) => request(args, { type: 'exit' }),
};
