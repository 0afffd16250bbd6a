#!/usr/bin/env node
/** The program `vmwire`: finds the command, runs it, and tells what went wrong. Loads only what it runs. */
import { type Command, helpOf, readArguments, table } from './command.js';
import { UsageError, failureOf } from './failure.js';
import { printFailure, printJson, printLine } from './print.js';
import { status } from './status.js';

/** Commands in the order of the help: what they do, and where they are. */
const commands: Readonly<Record<string, readonly [string, () => Promise<{ command: Command }>]>> = {
  run: ['boot a guest and serve its control socket', () => import('./run.js')],
  stop: ['ask a VM to exit', () => import('./stop.js')],
  balloon: ["grow or shrink a VM's balloon", () => import('./balloon.js')],
  register: ['show memory to a guest', () => import('./register.js')],
  unregister: ['take memory away from a guest', () => import('./unregister.js')],
  decode: ['print the bytes of a message as its fields', () => import('./decode.js')],
  info: ['tell what KVM can do on this machine', () => import('./info.js')],
};

function overview(): string {
  const rows = Object.entries(commands).map(([name, [what]]): [string, string] => [name, what]);
  return `vmwire controls virtual machines over their sockets.

Usage: vmwire COMMAND [options]

Commands:
${table(rows)}

vmwire COMMAND --help tells more of each. SOCKET is a path, or @NAME for an abstract address.

Exit status: 0 done; 1 the VM refused (for run and info: KVM or the guest failed); 2 wrong usage;
3 no connection, or no answer in time.

Environment: VMWIRE_DEBUG=1 prints every message as it passes, and at the end descriptors that were
never closed; NO_COLOR and FORCE_COLOR are respected.
`;
}

async function version(): Promise<string> {
  const { readFile } = await import('node:fs/promises');
  const url = new URL('../../../package.json', import.meta.url);
  const manifest: unknown = JSON.parse(await readFile(url, 'utf8'));
  return typeof manifest === 'object' && manifest !== null
    ? String(Reflect.get(manifest, 'version'))
    : 'unknown';
}

async function find(name: string | undefined): Promise<Command> {
  const known = Object.keys(commands);
  if (name === undefined) throw new UsageError('which command?', `there are ${known.join(', ')}`);
  const found = known.includes(name) ? commands[name] : undefined;
  if (found === undefined) {
    const { didYouMean } = await import('./nearest.js');
    throw new UsageError(`there is no command ${JSON.stringify(name)}`, didYouMean(name, known));
  }
  return (await found[1]()).command;
}

async function run(args: readonly string[]): Promise<number> {
  const [name, ...rest] = args;
  if (name === '--help' || name === '-h' || name === 'help') {
    const [topic] = rest;
    printLine((topic === undefined ? overview() : helpOf(await find(topic))).trimEnd());
    return status.done;
  }
  if (name === '--version') {
    printLine(await version());
    return status.done;
  }
  const command = await find(name);
  const read = readArguments(command, rest);
  if (read !== 'help') return command.run(read);
  printLine(helpOf(command).trimEnd());
  return status.done;
}

const args = process.argv.slice(2);
try {
  process.exitCode = await run(args);
} catch (error) {
  const failure = failureOf(error);
  // A fault of ours: its stack trace is what helps.
  if (failure === undefined) throw error;
  const { status: exitStatus, code, errno, message, cure } = failure;
  if (args.includes('--json')) printJson({ ok: false, error: { code, errno, message, cure } });
  else printFailure(message, cure);
  process.exitCode = exitStatus;
}
