/** The commands of `vmwire`: what they do, and where they are. Each is loaded only if it runs. */
import type { Command } from './command.js';

/** In the order of the help. */
export const commands: Readonly<
  Record<string, readonly [string, () => Promise<{ command: Command }>]>
> = {
  run: ['boot a guest and serve its control socket', () => import('./run.js')],
  stop: ['ask a VM to exit', () => import('./stop.js')],
  balloon: ["grow or shrink a VM's balloon", () => import('./balloon.js')],
  register: ['show memory to a guest', () => import('./register.js')],
  unregister: ['take memory away from a guest', () => import('./unregister.js')],
  decode: ['print the bytes of a message as its fields', () => import('./decode.js')],
  info: ['tell what KVM can do on this machine', () => import('./info.js')],
  completion: ['print what completes commands in your shell', () => import('./completion.js')],
};
