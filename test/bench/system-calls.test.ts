/** Which system calls the hot paths make, counted by strace: no busy machine changes them. */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { testIf } from '../skip.js';
import { subjectFile } from './contender.js';

const test = suite('system calls');

/** Calls that a hot path could make. Others come from Node's own threads. */
const counted = [
  'recvmsg',
  'recvfrom',
  'sendmsg',
  'sendto',
  'close',
  'fcntl',
  'fstat',
  'newfstatat',
  'fstatfs',
  'ioctl',
  'mmap',
  'munmap',
  'poll',
  'epoll_ctl',
  'epoll_wait',
  'epoll_pwait',
] as const;

type Counts = Record<string, number>;

/** How often a subject and its children make each call while they do `operations`, and start and end. */
function countCalls(args: readonly string[], operations: number): Counts {
  const folder = mkdtempSync(join(tmpdir(), 'vmwire-strace-'));
  try {
    const output = join(folder, 'counts');
    const command = ['-f', '-c', '-o', output, process.execPath, ...args];
    const { status, stderr } = spawnSync('strace', command, { input: `${operations}\n` });
    assert.is(status, 0, stderr.toString());
    const counts: Counts = {};
    for (const line of readFileSync(output, 'utf8').split('\n')) {
      const columns = line.trim().split(/\s+/);
      counts[columns.at(-1) ?? ''] = Number(columns[3]);
    }
    return counts;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Calls for each operation, rounded: starting and ending cancel out, and a few more or less are Node's. */
function callsPerOperation(file: string, ...args: readonly string[]): Counts {
  const few = 300;
  const many = 900;
  const command = [subjectFile(file), ...args];
  const before = countCalls(command, few);
  const after = countCalls(command, many);
  const each = counted.map((name): [string, number] => {
    const difference = (after[name] ?? 0) - (before[name] ?? 0);
    return [name, Math.round(difference / (many - few))];
  });
  return Object.fromEntries(each.filter(([, count]) => count !== 0));
}

function straceMissing(): string | undefined {
  const { error, status, stderr } = spawnSync('strace', ['-c', 'true'], { encoding: 'utf8' });
  if (error !== undefined) return 'no strace';
  return status === 0 ? undefined : `strace can't trace: ${stderr.trim().split('\n')[0]}`;
}

function kvmMissing(): string | undefined {
  try {
    accessSync('/dev/kvm', constants.R_OK | constants.W_OK);
    return undefined;
  } catch {
    return 'no /dev/kvm';
  }
}

const missing = straceMissing();

testIf(test, missing, 'a request and its response: two sends, two receives', () => {
  assert.equal(callsPerOperation('round-trip', 'pair'), { recvmsg: 2, sendto: 2 });
});

testIf(test, missing, 'the same with a descriptor: one of the sends has it, and one close', () => {
  const expected = { close: 1, recvmsg: 2, sendmsg: 1, sendto: 1 };
  assert.equal(callsPerOperation('round-trip', 'pair', 'descriptor'), expected);
});

testIf(test, missing, 'two processes: no more calls', () => {
  assert.equal(callsPerOperation('round-trip', 'process'), { recvmsg: 2, sendto: 2 });
});

testIf(
  test,
  missing,
  'ControlServer: at most a wait and a look at what is left for each request',
  () => {
    const {
      recvmsg = 0,
      epoll_wait = 0,
      epoll_pwait = 0,
      ...others
    } = callsPerOperation('round-trip', 'server');
    assert.equal(others, { sendto: 2 });
    assert.ok(recvmsg === 2 || recvmsg === 3, `${recvmsg} recvmsg`);
    assert.ok(epoll_wait <= 2, `${epoll_wait} epoll_wait`);
    // Node's own, when it turns to its other work.
    assert.ok(epoll_pwait <= 1, `${epoll_pwait} epoll_pwait`);
  },
);

testIf(test, missing ?? kvmMissing(), 'register and unregister on KVM', () => {
  const calls = callsPerOperation('kvm-register');
  assert.equal(calls, { fcntl: 2, newfstatat: 1, fstatfs: 1, mmap: 1, ioctl: 2, munmap: 1 });
});

test.run();
