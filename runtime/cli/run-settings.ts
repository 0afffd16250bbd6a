/** What `vmwire run` is told: checked before anything is opened. */
import { tmpdir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import type { Policy } from '../codec/index.js';
import type { ControlAccess } from '../control/access.js';
import { defaultRamSize } from '../machine/machine.js';
import type { Arguments, Option } from './command.js';
import { UsageError } from './failure.js';
import { readFile } from './files.js';
import { imageFailure } from './kvm-failure.js';
import { bytes, integer } from './numbers.js';

/** The options that it takes. */
export const runOptions: Readonly<Record<string, Option>> = {
  socket: {
    value: 'PATH',
    short: 's',
    multiple: true,
    help: 'the same as the argument SOCKET',
  },
  fd: { value: 'N', multiple: true, help: 'serve a socket that this process was given' },
  datagram: { help: 'make datagram sockets, for clients of 2018' },
  mode: { value: 'MODE', help: "the socket files' permissions (default 0600)" },
  gid: { value: 'GID', help: 'the group of the socket files; with --mode 0660 it may speak' },
  uid: { value: 'UID', multiple: true, help: 'another user who may speak' },
  policy: { value: 'NAME', help: 'strict (default) or crosvm2018, which accepts more' },
  audit: { help: 'tell of each request, its sender and its result on standard error' },
  image: { value: 'FILE', help: 'boot this flat 64-bit image, loaded and entered at 1 MiB' },
  ram: { value: 'BYTES', help: 'size of the RAM (default 2M)' },
  kvm: { value: 'PATH', help: 'the KVM device (default /dev/kvm)' },
  simulate: { help: 'serve a simulated VM, without KVM and without a guest' },
};

/** Everything that was asked for, checked before anything is opened. */
export interface RunSettings {
  readonly sockets: readonly string[];
  readonly fds: readonly number[];
  readonly access: ControlAccess;
  readonly policy: Policy;
  /** Undefined for the built-in guest. */
  readonly image: Uint8Array | undefined;
  readonly ramSize: number | undefined;
}

function defaultSocket(): string {
  const { XDG_RUNTIME_DIR: folder = '' } = process.env;
  // By its specification what is no absolute path is not heeded.
  return join(isAbsolute(folder) ? folder : tmpdir(), `vmwire-${process.pid}.sock`);
}

function readImage(path: string, ramSize: number): Uint8Array {
  const image = readFile('--image', path, (size) => {
    // The machine would find it out, but only once all of it is in memory.
    if (size > ramSize) throw imageFailure(size);
  });
  if (image.length > 0) return image;
  throw new UsageError(`--image ${path} is empty`);
}

function readRam(text: string): number {
  const size = bytes('--ram', text);
  if (size % 4096 === 0) return size;
  throw new UsageError(`--ram is whole pages of 4096 bytes, not ${JSON.stringify(text)}`);
}

/** What a simulated VM would not heed. */
function rejectGuest(args: Arguments): void {
  const [name] = ['image', 'ram', 'kvm'].filter((each) => args.text(each) !== undefined);
  if (name === undefined || !args.flag('simulate')) return;
  throw new UsageError(`--${name} is of no use with --simulate, which has no guest`);
}

function optional<T>(text: string | undefined, read: (text: string) => T): T | undefined {
  return text === undefined ? undefined : read(text);
}

function readId(what: string): (text: string) => number {
  return (text) => integer(what, text, 0, 2 ** 32 - 2);
}

function readMode(text: string): number {
  if (/^0?[0-7]{3}$/.test(text)) return Number.parseInt(text, 8);
  throw new UsageError(`--mode is an octal mode such as 0660, not ${JSON.stringify(text)}`);
}

function readPolicy(text: string | undefined): Policy {
  if (text === undefined || text === 'strict') return 'strict';
  if (text === 'crosvm2018') return text;
  throw new UsageError(`--policy is strict or crosvm2018, not ${JSON.stringify(text)}`);
}

/** @throws UsageError */
export function readSettings(args: Arguments): RunSettings {
  rejectGuest(args);
  const fds = args.all('fd').map((text) => integer('--fd', text, 3, 2 ** 31 - 1));
  const sockets = [...args.positionals, ...args.all('socket')];
  const ramSize = optional(args.text('ram'), readRam);
  const settings = {
    sockets: sockets.length + fds.length === 0 ? [defaultSocket()] : sockets,
    fds,
    access: {
      mode: optional(args.text('mode'), readMode),
      gid: optional(args.text('gid'), readId('--gid')),
      uids: args.all('uid').map(readId('--uid')),
    },
    policy: readPolicy(args.text('policy')),
    image: optional(args.text('image'), (path) => readImage(path, ramSize ?? defaultRamSize)),
    ramSize,
  };
  return settings;
}
