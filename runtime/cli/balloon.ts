/** `vmwire balloon`: grows or shrinks the balloon. */
import { clientOptions, noReplyOption, request } from './client.js';
import type { Command } from './command.js';
import { integer } from './numbers.js';

export const command: Command = {
  name: 'balloon',
  summary: "Grows a VM's balloon by so many pages of 4096 bytes, or shrinks it.",
  positionals: 'SOCKET PAGES',
  options: { ...clientOptions, ...noReplyOption },
  details:
    'A balloon that grows takes memory from the guest: vmwire balloon vm.sock 256\nA negative number gives it back: vmwire balloon vm.sock -256',
  run: (args) => {
    const numPages = integer('PAGES', args.positionals[1] ?? '', -(2 ** 31), 2 ** 31 - 1);
    return request(args, { type: 'balloonAdjust', numPages });
  },
};
