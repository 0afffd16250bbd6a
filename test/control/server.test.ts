/** A server and its clients: every request, every kind of socket, and what must not be understood. */
import { existsSync, statSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { VmControlError, type VmResponse } from '../../generated/vm_control/vm_control.js';
import { errno } from '../../native/errno.js';
import { auditLine } from '../../runtime/control/audit.js';
import { ControlClient } from '../../runtime/control/client.js';
import { recvVmResponse, sendVmRequest } from '../../runtime/control/messages.js';
import { VmRefusedError } from '../../runtime/control/refusal.js';
import { BalloonSocket } from '../../runtime/control/balloon-socket.js';
import { SystemError } from '../../runtime/errors.js';
import { SharedMemory } from '../../runtime/memory/shared-memory.js';
import { FdSocket, socketPair } from '../../runtime/sockets/fd-socket.js';
import { open } from './memfd.js';
import { leavesNothingOpen } from './open-resources.js';
import { Served } from './served.js';

const test = suite('the control server');

const firstPfn = 1n << 26n;

/** The error that a promise is rejected with. */
async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('it was not rejected');
}

/** The refusal that a promise is rejected with. */
async function refusalOf(promise: Promise<unknown>): Promise<VmRefusedError> {
  const error = await failureOf(promise);
  if (error instanceof VmRefusedError) return error;
  throw new Error('it was no refusal', { cause: error });
}

/** Receives without blocking the server, which is in this very process. */
async function nextResponse(socket: FdSocket): Promise<VmResponse> {
  for (let tries = 0; tries < 2_000; tries++) {
    socket.setTimeouts({ receiveMs: 1 });
    try {
      return recvVmResponse(socket);
    } catch (error) {
      if (!(error instanceof VmControlError) || error.code !== 'ETIMEDOUT') throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  throw new Error('no response');
}

for (const type of ['seqpacket', 'datagram'] as const) {
  test(`${type}: every request of the protocol`, async () => {
    await leavesNothingOpen(async () => {
      const [vmEnd, deviceEnd] = socketPair();
      using memory = SharedMemory.create({ name: 'shared', size: 8192 });
      using served = new Served({
        serve: { type },
        execute: { balloon: new BalloonSocket(vmEnd) },
      });
      using client = await ControlClient.connect(served.path);
      assert.is(client.type, type);
      const { pfn, slot } = await client.registerMemory(memory);
      assert.equal({ pfn, slot }, { pfn: firstPfn, slot: 1 });
      const whole = await client.call({ type: 'registerMemory', memory, size: 4096n });
      assert.equal(whole, { type: 'registerMemory', pfn: firstPfn + 2n, slot: 2 });
      assert.equal(served.context.memory.usage, { bytes: 12_288n, slots: 2 });
      await client.unregisterMemory(slot);
      await client.balloonAdjust(-3);
      const buffer = new Uint8Array(8);
      assert.is(deviceEnd.recv(buffer).length, 4);
      assert.equal([...buffer.subarray(0, 4)], [253, 255, 255, 255]);
      const refusal = await refusalOf(client.unregisterMemory(slot));
      assert.is(refusal.code, 'ENOENT');
      assert.is(refusal.errno, errno.ENOENT);
      assert.is(refusal.operation, 'unregisterMemory');
      assert.match(refusal.message, /no memory is registered in this slot/);
      await client.exit();
      await served.server.exited;
      assert.is(served.context.running, false);
      vmEnd.close();
      deviceEnd.close();
    });
  });
}

test('memory outlives the connection that registered it', async () => {
  using served = new Served();
  using memory = SharedMemory.create({ name: 'shared', size: 4096 });
  const client = await ControlClient.connect(served.path);
  const { slot } = await client.registerMemory(memory);
  client.close();
  using other = await ControlClient.connect(served.path);
  await other.unregisterMemory(slot);
});

test('a client of 2018, which sends and leaves without a name, is served', async () => {
  using served = new Served({ serve: { type: 'datagram' } });
  const client = FdSocket.connect(served.path, { type: 'datagram' });
  sendVmRequest(client, { type: 'unregisterMemory', slot: 5 });
  sendVmRequest(client, { type: 'exit' });
  client.close();
  await served.handled(2);
  await served.server.exited;
  const { uid, pid } = served.audit[0]?.peer ?? {};
  assert.equal({ uid, pid }, { uid: process.getuid?.(), pid: process.pid });
});

test('the audit tells who asked for what, and what came of it', async () => {
  using served = new Served();
  using client = await ControlClient.connect(served.path);
  using memory = SharedMemory.create({ name: 'shared', size: 4096 });
  await client.registerMemory(memory);
  await refusalOf(client.unregisterMemory(9));
  using raw = FdSocket.connect(served.path);
  raw.send(new Uint8Array(7));
  await served.handled(3);
  const who = `uid ${process.getuid?.()} pid ${process.pid}`;
  const lines = served.audit.map(auditLine);
  assert.match(
    lines[0] ?? '',
    new RegExp(
      `^${who} vm_request.register_memory\\(memory: .*, size: 4096 bytes\\): pfn 0x4000000 slot 1$`,
    ),
  );
  assert.is(lines[1], `${who} vm_request.unregister_memory(slot: 9): ENOENT`);
  assert.is(lines[2], `${who} not a request: EPROTO (vm_request: 7 bytes instead of 24)`);
});

const nonsense: readonly (readonly [string, (socket: FdSocket) => void])[] = [
  ['a short packet', (socket) => socket.send(new Uint8Array(23))],
  ['a long packet', (socket) => socket.send(Uint8Array.of(1, ...new Uint8Array(24)))],
  ['an unknown tag', (socket) => socket.send(new Uint8Array(24).fill(12))],
  ['a missing descriptor', (socket) => socket.send(Uint8Array.of(2, ...new Uint8Array(23)))],
  [
    'a descriptor where none belongs',
    (socket) => {
      using device = open('/dev/null');
      socket.send(Uint8Array.of(1, ...new Uint8Array(23)), [device]);
    },
  ],
  [
    'a surplus descriptor',
    (socket) => {
      using memory = SharedMemory.create({ name: 'shared', size: 4096 });
      const packet = Uint8Array.of(2, ...new Uint8Array(23));
      packet[9] = 16; // 4096 bytes
      socket.send(packet, [memory, memory]);
    },
  ],
  [
    '253 descriptors',
    (socket) => {
      using device = open('/dev/null');
      socket.send(Uint8Array.of(2, ...new Uint8Array(23)), Array(253).fill(device));
    },
  ],
];

for (const [what, send] of nonsense) {
  test(`answered EPROTO, with everything closed: ${what}`, async () => {
    await leavesNothingOpen(async () => {
      using served = new Served();
      using socket = FdSocket.connect(served.path);
      send(socket);
      assert.equal(await nextResponse(socket), { type: 'err', errno: errno.EPROTO });
      assert.is(served.context.running, true);
      // The conversation goes on.
      sendVmRequest(socket, { type: 'unregisterMemory', slot: 3 });
      assert.equal(await nextResponse(socket), { type: 'err', errno: errno.ENOENT });
    });
  });
}

test('with the policy of 2018 nonsense is met with silence, and surplus with indifference', async () => {
  await leavesNothingOpen(async () => {
    using served = new Served({ execute: { policy: 'crosvm2018' } });
    using socket = FdSocket.connect(served.path);
    using device = open('/dev/null');
    socket.send(new Uint8Array(23));
    socket.send(new Uint8Array(24).fill(12));
    // unregisterMemory(slot 3), too long and with a descriptor.
    const packet = new Uint8Array(30);
    packet.set([3, 0, 0, 0, 3]);
    socket.send(packet, [device]);
    assert.equal(await nextResponse(socket), { type: 'err', errno: errno.ENOENT });
    assert.equal(
      served.audit.map(({ response }) => response?.type),
      [undefined, undefined, 'err'],
    );
  });
});

test('a client that never reads has at most one unsent response, and others are served', async () => {
  using served = new Served();
  using deaf = FdSocket.connect(served.path);
  let sent = 0;
  // Until both the socket to the server and the one back are full.
  for (let idle = 0; idle < 20;) {
    try {
      deaf.send(Uint8Array.of(3, ...new Uint8Array(23)), [], { dontWait: true });
      sent++;
      idle = 0;
    } catch (error) {
      assert.instance(error, SystemError);
      idle++;
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }
  const answered = served.audit.length;
  assert.ok(answered < sent, `${answered} of ${sent}`);
  using client = await ControlClient.connect(served.path);
  assert.is((await refusalOf(client.unregisterMemory(1))).code, 'ENOENT');
  // Reading makes it go on, and nothing was lost.
  for (let received = 0; received < sent; received++) {
    assert.equal(await nextResponse(deaf), { type: 'err', errno: errno.ENOENT });
  }
});

test('more clients than allowed wait until one leaves', async () => {
  using served = new Served({ maxClients: 2 });
  const clients = await Promise.all([1, 2, 3].map(() => ControlClient.connect(served.path)));
  const [first, second, third] = clients;
  if (first === undefined || second === undefined || third === undefined) return;
  await refusalOf(first.unregisterMemory(1));
  await refusalOf(second.unregisterMemory(1));
  const waiting = refusalOf(third.unregisterMemory(1));
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.is(served.audit.length, 2);
  assert.is(served.server.clients, 2);
  first.close();
  assert.is((await waiting).code, 'ENOENT');
  for (const client of clients) client.close();
});

test('a fault of the program is answered EIO, and told to its owner', async () => {
  const faults: unknown[] = [];
  using served = new Served({
    execute: {
      balloon: {
        adjust: () => {
          throw new TypeError('a bug');
        },
      },
    },
  });
  const warned = (warning: Error): void => {
    faults.push(warning);
  };
  process.on('warning', warned);
  using client = await ControlClient.connect(served.path);
  assert.is((await refusalOf(client.balloonAdjust(1))).code, 'EIO');
  await new Promise((resolve) => setImmediate(resolve));
  process.off('warning', warned);
  assert.match(String(faults[0]), /a bug/);
});

test('the socket has mode 0600, and is gone after close', () => {
  const served = new Served();
  assert.is(statSync(served.path).mode & 0o777, 0o600);
  served.server.close();
  assert.is(existsSync(served.path), false);
  assert.throws(() => served.server.listen(served.path), /EBADF/);
  served[Symbol.dispose]();
});

test('an abstract name must be asked for', async () => {
  const name = { abstract: `vmwire-test-${process.pid}` };
  using served = new Served();
  assert.throws(() => served.server.listen(name), /EPERM.*allowAbstract|allowAbstract.*EPERM/);
  served.server.listen(name, { allowAbstract: true });
  using client = await ControlClient.connect(name);
  assert.is((await refusalOf(client.unregisterMemory(1))).code, 'ENOENT');
});

test('an end of a pair can be served', async () => {
  for (const type of ['seqpacket', 'datagram'] as const) {
    using served = new Served();
    const [mine, theirs] = socketPair(type);
    served.server.attach(mine);
    using client = ControlClient.on(theirs);
    assert.is((await refusalOf(client.unregisterMemory(1))).code, 'ENOENT');
  }
});

test.run();
