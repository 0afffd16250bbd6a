#!/usr/bin/env node
/** The program `vmwire`: finds the command, runs it, and tells what went wrong. Loads only what it runs. */
import { type Command, helpOf, readArguments, table } from './command.js';
import { commands } from './commands.js';
import { UsageError, failureOf } from './failure.js';
import { printFailure, printJson, printLine } from './print.js';
import { status } from './status.js';

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
  // By its own name, wherever a bundle has put this file.
  const url = new URL(import.meta.resolve('vmwire/package.json'));
  const manifest: unknown = JSON.parse(await readFile(url, 'utf8'));
  return typeof manifest === 'object' && manifest !== null
    ? String(Reflect.get(manifest, 'version'))
    : 'unknown';
}

async function find(name: string): Promise<Command> {
  const known = Object.keys(commands);
  const found = known.includes(name) ? commands[name] : undefined;
  if (found === undefined) {
    const { didYouMean } = await import('./nearest.js');
    throw new UsageError(`there is no command ${JSON.stringify(name)}`, didYouMean(name, known));
  }
  return (await found[1]()).command;
}

async function run(args: readonly string[]): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    const [topic] = rest;
    printLine((topic === undefined ? overview() : helpOf(await find(topic))).trimEnd());
    return status.done;
  }
  if (name === '--version' || name === '-V' || name === 'version') {
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
