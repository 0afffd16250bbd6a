/** `vmwire register`: shows memory to the guest. */
import { closeSync, fstatSync, openSync } from 'node:fs';
import type { Descriptor } from '../codec/index.js';
import { SharedMemory } from '../memory/shared-memory.js';
import { clientOptions, connect } from './client.js';
import { type Arguments, type Command } from './command.js';
import { UsageError } from './failure.js';
import { whyNot } from './files.js';
import { bytes } from './numbers.js';
import { printJson, printLine } from './print.js';
import { status } from './status.js';

/** What is to be registered. */
interface Source extends Disposable {
  readonly memory: Descriptor;
  readonly size: number;
}

function open(path: string, size: number | undefined): Source {
  let fd: number;
  try {
    fd = openSync(path, 'r+');
  } catch (error) {
    throw new UsageError(`--file ${path}: ${whyNot(error)}`);
  }
  const found = fstatSync(fd).size;
  return { memory: { fd }, size: size ?? found, [Symbol.dispose]: () => closeSync(fd) };
}

function source(args: Arguments): Source {
  const path = args.text('file');
  const given = args.text('size');
  const size = given === undefined ? undefined : bytes('--size', given);
  if (path !== undefined) return open(path, size);
  if (size === undefined) {
    throw new UsageError('register needs --size BYTES, --file PATH, or both');
  }
  const memory = SharedMemory.create({ name: 'vmwire register', size });
  return { memory, size, [Symbol.dispose]: () => memory.close() };
}

function run(args: Arguments): number {
  if (args.flag('no-reply')) {
    throw new UsageError(
      'register can not do without a reply',
      'the reply tells where the memory lies, and its slot',
    );
  }
  using what = source(args);
  using client = connect(args);
  const { memory, size } = what;
  const { pfn, slot } = client.callSync({ type: 'registerMemory', memory, size: BigInt(size) });
  const address = `0x${(pfn * 4096n).toString(16)}`;
  if (args.flag('json')) printJson({ ok: true, slot, pfn, address, size });
  else printLine(`slot ${slot}: ${size} bytes at guest address ${address} (pfn ${pfn})`);
  return status.done;
}

export const command: Command = {
  name: 'register',
  summary: 'Shows memory to the guest, until it is unregistered or the VM ends.',
  positionals: 'SOCKET',
  options: {
    size: { value: 'BYTES', short: 's', help: 'how much, whole pages; K, M and G are understood' },
    file: { value: 'PATH', short: 'f', help: 'share this memory; by default new memory is made' },
    ...clientOptions,
    'no-reply': { help: 'is refused: only the reply tells the slot' },
  },
  details: `The file must be one of shared memory, for a VM under the strict policy: /dev/shm/NAME, or
/proc/PID/fd/N for a memfd of another process. Without --size it is shared whole.

  truncate -s 4096 /dev/shm/frame && vmwire register vm.sock --file /dev/shm/frame`,
  run,
};
