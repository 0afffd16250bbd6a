/** What a peer must do with hand-made packets and orders: few cases, each for one trait of its transport. */
import { fstatSync, readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import * as assert from 'uvu/assert';
import { closeAll } from '../../runtime/descriptors/close-all.js';
import type { OwnedFd } from '../../runtime/descriptors/owned-fd.js';
import type { FdSocket } from '../../runtime/index.js';
import { memfd } from '../control/memfd.js';
import type { Answer, PeerDriver } from './suite/peer-driver.js';

/** A peer on one end of a socket pair, and the test on the other. */
export interface Bench {
  readonly peer: PeerDriver;
  readonly socket: FdSocket;
  /** The peer's end, to set how long it waits. */
  readonly far: FdSocket;
}

export interface Case {
  readonly name: string;
  readonly run: (bench: Bench) => Promise<void>;
}

/** Gives a peer one order, an object or a line as it stands, and waits for its answer. */
export async function ask(peer: PeerDriver, order: object | string): Promise<Answer | undefined> {
  const [answer] = await peer.ask(order);
  return answer;
}

/** Names of the cases that fail, with what is wrong, in the order of the cases. */
export async function failing(bench: Bench, cases: readonly Case[]): Promise<Map<string, string>> {
  const failures = new Map<string, string>();
  for (const { name, run } of cases) {
    const before = await ask(bench.peer, { op: 'descriptors' });
    try {
      await run(bench);
      const after = await ask(bench.peer, { op: 'descriptors' });
      assert.equal(after, before, 'the number of open descriptors');
    } catch (error) {
      failures.set(name, String(error));
    }
  }
  return failures;
}

function identity({ fd }: { readonly fd: number }): { size: string; ino: string } {
  const { size, ino } = fstatSync(fd, { bigint: true });
  return { size: String(size), ino: String(ino) };
}

interface Packet {
  readonly message: string;
  /** In hex; a blank divides members. */
  readonly bytes: string;
  /** How many descriptors: memfds of 1000 bytes, 1001 bytes, … */
  readonly fds?: number;
  readonly maxFds?: number;
}

/** The peer receives a packet. `kept` are the places of the descriptors that its answer must hold. */
function receives(name: string, packet: Packet, expected: object, kept?: readonly number[]): Case {
  const run = async ({ peer, socket }: Bench): Promise<void> => {
    const fds: OwnedFd[] = [];
    for (let index = 0; index < (packet.fds ?? 0); index += 1)
      fds.push(memfd(BigInt(1000 + index)));
    try {
      socket.send(Buffer.from(packet.bytes.replaceAll(' ', ''), 'hex'), fds);
      const { message, maxFds } = packet;
      const answer = await ask(peer, { op: 'recv', message, max_fds: maxFds });
      const held = kept && { fds: fds.map(identity).filter((_, index) => kept.includes(index)) };
      assert.equal(answer, { ...expected, ...held });
    } finally {
      closeAll(fds);
    }
  };
  return { name, run };
}

interface Order {
  readonly message: string;
  readonly variant: string;
  readonly fields?: object;
  readonly fds?: unknown;
}

/** The peer sends a packet: its bytes, and the very memfds that its answer tells of. */
function sends(name: string, order: Order, bytes: string): Case {
  const run = async ({ peer, socket }: Bench): Promise<void> => {
    const answer = await ask(peer, { op: 'send', ...order });
    const buffer = new Uint8Array(64);
    const { length, fds } = socket.recv(buffer, { maxFds: 253, dontWait: true });
    try {
      assert.is(Buffer.from(buffer.subarray(0, length)).toString('hex'), bytes.replaceAll(' ', ''));
      assert.equal(answer, { ok: true, fds: fds.map(identity) });
      const sizes = (order.fds ?? []) as readonly { memfd: string }[]; // as the cases below have it
      assert.equal(
        fds.map((fd) => identity(fd).size),
        sizes.map((fd) => fd.memfd),
      );
    } finally {
      closeAll(fds);
    }
  };
  return { name, run };
}

/** The peer refuses an order, and nothing is sent. */
function refuses(name: string, order: object | string, error: string): Case {
  const run = async ({ peer, socket }: Bench): Promise<void> => {
    assert.equal(await ask(peer, order), { ok: false, error });
    const nothing = (): unknown => socket.recv(new Uint8Array(64), { dontWait: true });
    assert.throws(nothing, (thrown: { code: string }) => thrown.code === 'EAGAIN');
  };
  return { name, run };
}

const vmRequest = (bytes: string, fds = 0, maxFds?: number): Packet => ({
  message: 'vm_request',
  bytes,
  fds,
  ...(maxFds !== undefined && { maxFds }),
});

const exit = '01000000 00000000 0000000000000000 00000000 00000000';
const register = '02000000 00000000 0010000000000000 00000000 00000000';
const unknown = '05000000 00000000 0000000000000000 00000000 00000000';
const lookAlike = '01000001 00000000 0000000000000000 00000000 00000000';
const balloon = '04000000 00000000 0000000000000000 fbffffff 00000000';
const dirty = '01000000 11111111 2222222222222222 33333333 44444444';
const err = '02000000 ffffffff 0000000000000000 00000000 00000000';

const isExit = { ok: true, variant: 'exit', fields: {} };
const isRegister = { ok: true, variant: 'register_memory', fields: { size: '4096' } };
const failure = (error: string): object => ({ ok: false, error });
const badSize = (size: number): object => ({ ok: false, error: 'bad_size', size });

const send = (variant: string, rest: object = {}): object => ({
  op: 'send',
  message: 'vm_request',
  variant,
  ...rest,
});

/** What both policies agree on, for vm_control. */
const either: readonly Case[] = [
  sends('sends no member', { message: 'vm_request', variant: 'exit' }, exit),
  sends(
    'sends a negative number',
    { message: 'vm_request', variant: 'balloon_adjust', fields: { num_pages: -5 } },
    balloon,
  ),
  sends(
    'sends 64 bits and a memfd',
    {
      message: 'vm_request',
      variant: 'register_memory',
      fields: { size: '18446744073709551614' },
      fds: [{ memfd: '12345' }],
    },
    '02000000 00000000 feffffffffffffff 00000000 00000000',
  ),
  refuses(
    'refuses what never travels',
    send('register_irqfd', { fields: { irq: 1 }, fds: [{ memfd: '1' }] }),
    'invalid_type',
  ),
  refuses(
    'refuses too few memfds',
    send('register_memory', { fields: { size: '1' } }),
    'expect_fd',
  ),
  refuses('refuses too many memfds', send('exit', { fds: [{ memfd: '1' }] }), 'unexpected_fd'),
  refuses(
    'refuses a number beyond its member',
    send('balloon_adjust', { fields: { num_pages: 2 ** 31 } }),
    'field_value',
  ),
  refuses(
    'refuses a negative size',
    send('register_memory', { fields: { size: '-1' }, fds: [{ memfd: '1' }] }),
    'field_value',
  ),
  refuses(
    'refuses half a number',
    send('balloon_adjust', { fields: { num_pages: 1.5 } }),
    'bad_order',
  ),
  refuses('refuses a missing member', send('balloon_adjust'), 'bad_order'),
  refuses('refuses memfds that are none', send('exit', { fds: 7 }), 'bad_order'),
  refuses('refuses an unknown variant', send('no_such'), 'bad_order'),
  refuses('refuses an unknown message', { op: 'recv', message: 'no_such' }, 'bad_order'),
  refuses('refuses an unknown order', { op: 'no_such' }, 'unsupported'),
  refuses('refuses an order without a name', '{}', 'unsupported'),
  refuses('refuses an empty line', '', 'bad_order'),
  refuses('refuses a list', '[]', 'bad_order'),
  refuses('refuses half an order', '{"op":"recv","message":"vm_request"', 'bad_order'),
  refuses('refuses an escape that it would misread', '{"op":"de\\scriptors"}', 'bad_order'),
  refuses('refuses deep nesting', '['.repeat(200_000), 'bad_order'),
  receives('receives no member', vmRequest(exit), isExit, []),
  receives('ignores bytes that a variant does not use', vmRequest(dirty), isExit, []),
  receives(
    'receives a negative number',
    vmRequest(balloon),
    { ok: true, variant: 'balloon_adjust', fields: { num_pages: -5 } },
    [],
  ),
  receives(
    'receives an errno',
    { message: 'vm_response', bytes: err },
    { ok: true, variant: 'err', fields: { errno: 1 } },
    [],
  ),
  receives('receives a memfd', vmRequest(register, 1), isRegister, [0]),
  receives('a missing memfd', vmRequest(register), failure('expect_fd')),
  receives('a look-alike of a tag', vmRequest(lookAlike), failure('invalid_type')),
  receives('an unknown tag with a memfd', vmRequest(unknown, 1), failure('invalid_type')),
  receives('no byte', vmRequest(''), badSize(0)),
  receives('one byte too few, with memfds', vmRequest(register.slice(0, -2), 3), badSize(23)),
  { name: 'nothing to receive', run: nothingToReceive },
  { name: 'stopped and continued while it waits', run: stoppedWhileItWaits },
];

export const strictCases: readonly Case[] = [
  ...either,
  receives('one byte too many', vmRequest(`${exit}00`), badSize(25)),
  receives(
    'far too many bytes, with a memfd',
    vmRequest(`${register}${'00'.repeat(5000)}`, 1),
    badSize(5024),
  ),
  receives('an unknown tag in too many bytes', vmRequest(`${unknown}00`), badSize(25)),
  receives('a memfd where none belongs', vmRequest(exit, 1), failure('unexpected_fd')),
  receives('two memfds instead of one', vmRequest(register, 2), failure('unexpected_fd')),
  receives('253 memfds instead of one', vmRequest(register, 253), failure('unexpected_fd')),
  receives('room for none, yet one counts', vmRequest(exit, 1, 0), failure('unexpected_fd')),
];

export const crosvmCases: readonly Case[] = [
  ...either,
  receives('one byte too many', vmRequest(`${exit}00`), isExit, []),
  receives(
    'far too many bytes, with a memfd',
    vmRequest(`${register}${'00'.repeat(5000)}`, 1),
    isRegister,
    [0],
  ),
  receives('a memfd where none belongs', vmRequest(exit, 1), isExit, []),
  receives('253 memfds where none belongs', vmRequest(exit, 253), isExit, []),
  receives('room for none', vmRequest(register, 5, 0), failure('expect_fd')),
  // The kernel would fill what CMSG_SPACE has over, and the second would be kept.
  receives('room for one of two', vmRequest(register, 2, 1), isRegister, [0]),
  receives('room for one of 253', vmRequest(register, 253, 1), isRegister, [0]),
  receives('room for two of three', vmRequest(register, 3, 2), isRegister, [1]),
  receives('room for more than come', vmRequest(register, 2, 4), isRegister, [1]),
  receives('room for 253', vmRequest(register, 253, 253), isRegister, [252]),
];

const lend = (tag: string, fds: number): Packet => ({
  message: 'lend',
  bytes: `${tag}00000000000000 0700000000000000 09000000 00000000`,
  fds,
});

/** Several descriptors in a packet, on a connection (samples/descriptors.ksy). */
export const connectionCases: readonly Case[] = [
  receives(
    'takes two in their order',
    lend('03', 2),
    { ok: true, variant: 'two', fields: { flags: 9 } },
    [0, 1],
  ),
  receives(
    'takes three in their order',
    lend('06', 3),
    { ok: true, variant: 'watch', fields: { size: '7' } },
    [0, 1, 2],
  ),
  receives(
    'does without an optional one',
    lend('05', 2),
    { ok: true, variant: 'queue', fields: {} },
    [0, 1],
  ),
  receives('needs the others', lend('05', 1), failure('expect_fd')),
  receives('takes no fourth', lend('05', 4), failure('unexpected_fd')),
  sends(
    'sends three in their order',
    {
      message: 'lend',
      variant: 'watch',
      fields: { size: '1' },
      fds: [{ memfd: '1' }, { memfd: '2' }, { memfd: '3' }],
    },
    '06 00000000000000 0100000000000000 00000000 00000000',
  ),
  sends(
    'sends without an optional one',
    { message: 'lend', variant: 'maybe', fields: { flags: 9 } },
    '04 00000000000000 0000000000000000 09000000 00000000',
  ),
  sends(
    'sends no spare byte',
    { message: 'lent', variant: 'refused', fields: { reason: 0x01020304 } },
    '02000000 04030201',
  ),
  { name: 'the end of the connection', run: endOfConnection },
];

async function nothingToReceive({ peer }: Bench): Promise<void> {
  const answer = await ask(peer, { op: 'recv', message: 'vm_request' });
  assert.equal(answer, { ok: false, error: 'recv', errno: 11 });
}

/** With SO_RCVTIMEO set this ends recvmsg with EINTR, with no signal handler anywhere. */
async function stoppedWhileItWaits({ peer, socket, far }: Bench): Promise<void> {
  const { pid = 0 } = peer;
  far.setTimeouts({ receiveMs: 20_000 });
  const answer = ask(peer, { op: 'recv', message: 'vm_request' });
  // In a system call whose first argument is descriptor 3.
  await until(() => /^\d+ 0x3 /.test(readFileSync(`/proc/${pid}/syscall`, 'utf8')));
  process.kill(pid, 'SIGSTOP');
  await until(() => /\) T /.test(readFileSync(`/proc/${pid}/stat`, 'utf8')));
  process.kill(pid, 'SIGCONT');
  await until(() => /^\d+ 0x3 /.test(readFileSync(`/proc/${pid}/syscall`, 'utf8')));
  socket.send(Buffer.from(exit.replaceAll(' ', ''), 'hex'));
  assert.equal(await answer, { ...isExit, fds: [] });
  far.setTimeouts({ receiveMs: shortWaitMs });
}

/** How long a peer waits for a packet that does not come. */
export const shortWaitMs = 100;

async function until(condition: () => boolean): Promise<void> {
  for (let tries = 0; tries < 2000; tries += 1) {
    if (condition()) return;
    await pause(5);
  }
  throw new Error('waited too long');
}

async function endOfConnection({ peer, socket }: Bench): Promise<void> {
  socket.close();
  assert.equal(await ask(peer, { op: 'recv', message: 'lend' }), badSize(0));
  const order = { op: 'send', message: 'lend', variant: 'nothing' };
  assert.equal(await ask(peer, order), { ok: false, error: 'send', errno: 32 });
}

/** Of each memfd that a process holds: whether it is close-on-exec. */
export function memfdsCloseOnExec(pid: number): boolean[] {
  return readdirSync(`/proc/${pid}/fd`)
    .filter((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`).startsWith('/memfd:'))
    .map((fd) => readFileSync(`/proc/${pid}/fdinfo/${fd}`, 'utf8'))
    .map((info) => (Number.parseInt(/flags:\s*(\d+)/.exec(info)?.[1] ?? '', 8) & 0o2000000) !== 0);
}
