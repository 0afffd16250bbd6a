/** `vmwire run` with a guest: what it does, and every way to end. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ControlClient } from '../../runtime/control/client.js';
import { recvVmResponse, sendVmRequest } from '../../runtime/control/messages.js';
import { SharedMemory } from '../../runtime/memory/shared-memory.js';
import { FdSocket } from '../../runtime/sockets/fd-socket.js';
import { kvmMissing } from '../control/targets.js';
import { testIf } from '../skip.js';
import { Folder, RunningVm, vmwire } from './program.js';

const test = suite('vmwire run with a guest');
const missing = kvmMissing();

testIf(test, missing, 'a guest that reads and writes the memory that it is shown', async () => {
  using vm = await RunningVm.start([]);
  await vm.program.prints(/guest: ready\n/);
  using memory = SharedMemory.create({ size: 4096 });
  using mapping = memory.map();
  mapping.write(0, Buffer.from('good morning\0'));
  const client = await ControlClient.connect(vm.socket);
  await client.registerMemory(memory);
  await vm.program.prints(/guest: reads good morning\n/);
  assert.is(Buffer.from(mapping.read(0x800, 12)).toString(), 'GOOD MORNING');
  client.close();
  assert.is((await vmwire(['stop', vm.socket])).status, 0);
  const { status, stderr } = await vm.program.ended();
  assert.equal({ status, stderr }, { status: 0, stderr: '' });
  assert.is(vm.folder.hasSocket, false);
});

testIf(
  test,
  missing,
  'memory that was taken away at once: the guest is not sent there',
  async () => {
    using vm = await RunningVm.start([]);
    await vm.program.prints(/guest: ready\n/);
    using memory = SharedMemory.create({ size: 4096 });
    using mapping = memory.map();
    mapping.write(0, Buffer.from('hello\0'));
    using socket = FdSocket.connect(vm.socket, { type: 'seqpacket' });
    const count = 10;
    // Executed faster than the guest reads.
    for (let slot = 1; slot <= count; slot++) {
      sendVmRequest(socket, { type: 'registerMemory', memory, size: 4096n });
    }
    for (let slot = 1; slot <= count; slot++) {
      sendVmRequest(socket, { type: 'unregisterMemory', slot });
    }
    for (let answers = 0; answers < 2 * count; answers++) recvVmResponse(socket);
    // It may be at the first one still.
    using last = SharedMemory.create({ size: 4096 });
    using lastMapping = last.map();
    lastMapping.write(0, Buffer.from('goodbye\0'));
    sendVmRequest(socket, { type: 'registerMemory', memory: last, size: 4096n });
    recvVmResponse(socket);
    await vm.program.prints(/guest: reads goodbye\n/);
    const reads = vm.program.stdout.split('guest: reads ').length - 1;
    assert.ok(reads <= 3, `${reads} reads of 2 pieces of memory that were there`);
    assert.is((await vmwire(['stop', vm.socket])).status, 0);
    assert.is((await vm.program.ended()).status, 0);
  },
);

testIf(
  test,
  missing,
  'JSON: a character whose bytes the guest prints one by one is whole',
  async () => {
    using folder = new Folder();
    const image = join(folder.path, 'image');
    // mov dx, 0x3f8; mov al, 0xc3; out dx, al; mov ecx, 1 << 26; loop to itself; mov al, 0xa9; out dx, al; ud2
    writeFileSync(image, Buffer.from('66baf803b0c3eeb900000004e2feb0a9ee0f0b', 'hex'));
    const { stdout } = await vmwire(['run', '--json', '--image', image, folder.socket]);
    const lines = stdout.trimEnd().split('\n');
    const texts = lines.map((line) => JSON.parse(line)).filter(({ event }) => event === 'serial');
    assert.equal(texts, [{ event: 'serial', text: 'é' }]);
  },
);

testIf(test, missing, 'many registrations at once: the guest answers them all', async () => {
  using vm = await RunningVm.start([]);
  using memory = SharedMemory.create({ size: 4096 });
  using mapping = memory.map();
  using client = await ControlClient.connect(vm.socket);
  for (let count = 0; count < 20; count++) await client.registerMemory(memory);
  // All of them are the same page, whose counter the guest moves each time.
  for (const deadline = Date.now() + 10_000; mapping.readBigUint64(0xff8) < 20n;) {
    assert.ok(Date.now() < deadline, `${mapping.readBigUint64(0xff8)} answers`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  await client.exit();
  assert.is((await vm.program.ended()).status, 0);
});

for (const [signal, kind] of [
  ['SIGTERM', 'KVM'],
  ['SIGINT', 'KVM'],
  ['SIGHUP', 'SimulatedVm'],
] as const) {
  const needs = kind === 'KVM' ? missing : undefined;
  testIf(test, needs, `${signal} ends it in order, on ${kind}`, async () => {
    using vm = await RunningVm.start(kind === 'KVM' ? [] : ['--simulate']);
    vm.program.kill(signal);
    const { status, stderr } = await vm.program.ended();
    assert.equal({ status, stderr }, { status: signal, stderr: '' });
    assert.is(vm.folder.hasSocket, false);
  });
}

testIf(test, missing, 'a signal while a client is connected and memory is registered', async () => {
  using vm = await RunningVm.start([], { VMWIRE_DEBUG: '1' });
  using memory = SharedMemory.create({ size: 4096 });
  using client = await ControlClient.connect(vm.socket);
  await client.registerMemory(memory);
  vm.program.kill('SIGTERM');
  const { status, stderr } = await vm.program.ended();
  assert.is(status, 'SIGTERM');
  assert.not.match(stderr, /never closed/);
});

testIf(
  test,
  missing,
  '1: a guest that ends by itself, an image that is too large, and RAM that is too small',
  async () => {
    using folder = new Folder();
    const image = join(folder.path, 'guest.bin');
    writeFileSync(image, Uint8Array.of(0x0f, 0x0b));
    const args = ['run', '-s', folder.socket, '--image', image];
    const ended = await vmwire(args);
    assert.is(ended.status, 1);
    assert.match(ended.stderr, /the guest ended: a triple fault/);
    writeFileSync(image, new Uint8Array(1 << 20));
    const large = await vmwire(args);
    assert.is(large.status, 1);
    assert.match(large.stderr, /not fit into its RAM: image of 1048576 bytes .*\n {2}see --ram\n$/);
    const little = await vmwire(['run', '-s', folder.socket, '--ram', '4K']);
    assert.is(little.status, 1);
    assert.match(little.stderr, /not fit into its RAM: tables of .*\n {2}see --ram\n$/);
    assert.is(folder.hasSocket, false);
  },
);

test.run();
