/** No descriptor of ours is inherited: a child sees none, whatever opened it. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readlinkSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { FD_CLOEXEC, F_GETFD, F_SETFD, fcntl } from '../../native/fd.js';
import { ControlClient } from '../../runtime/control/client.js';
import { Kvm } from '../../runtime/kvm/kvm.js';
import { EventFd } from '../../runtime/memory/eventfd.js';
import { GuestMemory } from '../../runtime/memory/guest-memory.js';
import { SharedMemory } from '../../runtime/memory/shared-memory.js';
import { FdSocket, socketPair } from '../../runtime/sockets/fd-socket.js';
import { Served } from '../control/served.js';
import { kvmMissing } from '../control/targets.js';
import { testIf } from '../skip.js';

const test = suite('close-on-exec');
const folder = mkdtempSync(join(tmpdir(), 'vmwire-exec-'));

/** What a child has open beyond its standard streams; the directory that it lists is its own. */
function seenByChild(): string[] {
  const code = `
    const { readdirSync, readlinkSync } = require('node:fs');
    for (const fd of readdirSync('/proc/self/fd')) {
      try { console.log(fd, readlinkSync('/proc/self/fd/' + fd)); } catch {}
    }`;
  return execFileSync(process.execPath, ['-e', code], { encoding: 'utf8' }).trim().split('\n');
}

/** The descriptors of this process that a child would inherit. */
function inheritable(): string[] {
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    const flags = fcntl(Number(fd), F_GETFD, 0);
    return Number(fd) < 3 || flags === -1 || (flags & FD_CLOEXEC) !== 0
      ? []
      : [`${fd} ${readlinkSync(`/proc/self/fd/${fd}`)}`];
  });
}

const before = inheritable();
const seenBefore = seenByChild();

function checkInherits(): void {
  assert.equal(inheritable(), before);
  assert.is(seenByChild().length, seenBefore.length);
}

test('a descriptor without the flag would be seen', () => {
  const [left, right] = socketPair();
  fcntl(left.fd, F_SETFD, 0);
  assert.is(inheritable().length, before.length + 1);
  assert.is(seenByChild().length, seenBefore.length + 1);
  left.close();
  right.close();
});

test('sockets of every origin, and what they receive', async () => {
  const stack: { close(): void }[] = [];
  const keep = <T extends { close(): void }>(made: T): T => {
    stack.push(made);
    return made;
  };
  const [left, right] = socketPair('seqpacket').map(keep);
  if (left === undefined || right === undefined) throw new Error('no pair');
  const memory = keep(SharedMemory.create({ name: 'shared', size: 4096 }));
  const path = join(folder, 'socket');
  const listener = keep(FdSocket.listen(path));
  keep(FdSocket.bind());
  keep(FdSocket.bind(join(folder, 'datagrams'), { credentials: true }));
  keep(FdSocket.connect(path));
  keep(await FdSocket.connectAsync(path));
  keep(listener.accept());
  const second = listener.tryAccept();
  if (second !== undefined) keep(second);
  left.send(Uint8Array.of(1), [memory, listener]);
  for (const fd of right.recv(new Uint8Array(1), { maxFds: 2 }).fds) {
    keep(keep(fd).duplicate());
  }
  left.send(Uint8Array.of(1), [memory]);
  for (const fd of (await right.recvAsync(new Uint8Array(1), { maxFds: 1 })).fds) keep(fd);
  keep(EventFd.create());
  checkInherits();
  for (const made of stack) made.close();
});

test('a server, its clients, and the event loop', async () => {
  using served = new Served();
  using client = await ControlClient.connect(served.path);
  using memory = SharedMemory.create({ name: 'shared', size: 4096 });
  await client.registerMemory(memory);
  assert.is(served.server.clients, 1);
  checkInherits();
});

test('a socket that is adopted, although it was made to be inherited', async () => {
  using served = new Served();
  const path = join(folder, 'adopted');
  const listener = FdSocket.listen(path);
  const [left, right] = socketPair();
  left.send(Uint8Array.of(1), [listener]);
  const number = right.recv(new Uint8Array(1), { maxFds: 1 }).fds[0]?.take() ?? -1;
  fcntl(number, F_SETFD, 0);
  served.server.adopt(number);
  checkInherits();
  using client = await ControlClient.connect(path);
  await client.exit();
  served.server.close();
  assert.is(fcntl(number, F_GETFD, 0), -1);
  for (const socket of [left, right, listener]) socket.close();
});

testIf(test, kvmMissing(), 'KVM, a VM and a vCPU', () => {
  using kvm = Kvm.open();
  using vm = kvm.createVm();
  using ram = GuestMemory.create([{ gpa: 0n, size: 65_536 }]);
  vm.addGuestMemory(ram);
  using vcpu = vm.createVcpu(0);
  checkInherits();
  vcpu.close();
  vm.close();
});

test.after(() => rmSync(folder, { recursive: true }));

test.run();
