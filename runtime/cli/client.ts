/** What the commands that talk to a VM have in common. */
import type { ControlRequest } from '../control/answer.js';
import { ControlClient } from '../control/client.js';
import type { Arguments, Option } from './command.js';
import { connectFailure } from './failure.js';
import { milliseconds } from './numbers.js';
import { printJson } from './print.js';
import { status } from './status.js';

/** Options of every command that talks to a VM. */
export const clientOptions: Readonly<Record<string, Option>> = {
  timeout: { value: 'SECONDS', short: 't', help: 'how long to wait for the VM (default 5)' },
};

/** For requests whose answer brings nothing but success. */
export const noReplyOption: Readonly<Record<string, Option>> = {
  'no-reply': { help: 'be done once the request is sent: a crosvm of 2018 never answers' },
};

/** A socket as users write it: a path, or `@` and an abstract name. */
export function addressOf(text: string): string | { readonly abstract: string } {
  return text.startsWith('@') ? { abstract: text.slice(1) } : text;
}

/** Connects to the VM at SOCKET, the first argument. */
export function connect(args: Arguments): ControlClient {
  const [socket = ''] = args.positionals;
  const timeoutMs = milliseconds('--timeout', args.text('timeout') ?? '5');
  try {
    return ControlClient.connectSync(addressOf(socket), { timeoutMs });
  } catch (error) {
    throw connectFailure(error, socket);
  }
}

/** Sends a request whose answer is ok, and waits for it unless `--no-reply` was given. */
export function request(args: Arguments, message: ControlRequest): number {
  using client = connect(args);
  if (args.flag('no-reply')) client.sendSync(message);
  else client.callSync(message);
  if (args.flag('json')) printJson({ ok: true });
  return status.done;
}
