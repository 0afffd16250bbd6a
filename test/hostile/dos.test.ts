/** Clients that take all they can: others are served, and what one costs is bounded. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ControlClient } from '../../runtime/control/client.js';
import { recvVmRequest, recvVmResponse, sendVmRequest } from '../../runtime/control/messages.js';
import { whatIsOpen } from '../../runtime/demo/what-is-open.js';
import { SystemError } from '../../runtime/errors.js';
import { FdSocket, socketPair } from '../../runtime/sockets/fd-socket.js';
import { Served } from '../control/served.js';
import { Samples } from './descriptors.js';
import { sendRaw } from './raw-packet.js';
import { RemoteServer } from './remote-server.js';

const test = suite('denial of service');

const unregister = Uint8Array.of(3, ...new Uint8Array(23));

/** Does something until it would have to wait. @returns how many times */
function untilFull(act: () => void, most = 10_000): number {
  let count = 0;
  try {
    for (; count < most; count++) act();
  } catch (error) {
    if (!(error instanceof SystemError) || error.code !== 'EAGAIN') throw error;
  }
  return count;
}

/** Sends without reading until nothing more fits. @returns how many */
function flood(socket: FdSocket, most?: number): number {
  return untilFull(() => socket.send(unregister, [], { dontWait: true }), most);
}

const openFiles = 48;

/** Waits until a server has no descriptor left. */
async function full(server: RemoteServer): Promise<void> {
  for (const deadline = Date.now() + 10_000; server.openFiles < openFiles;) {
    if (Date.now() > deadline) throw new Error(`it has only ${server.openFiles} descriptors`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

test('floods from clients that never read: each has a bounded queue, others are served between', async () => {
  using server = await RemoteServer.start();
  const deaf = Array.from({ length: 8 }, () => FdSocket.connect(server.path));
  using client = await ControlClient.connect(server.path);
  let sent = 0;
  let served = 0;
  let last = -1;
  while (sent !== last) {
    last = sent;
    for (const socket of deaf) sent += flood(socket);
    for (let count = 0; count < 10; count++, served++) await client.balloonAdjust(1);
  }
  // Everything that was answered lies in the kernel's queue of its client; the server holds one each.
  const { requests } = await server.counts();
  assert.ok(requests - served < sent, `${requests - served} of ${sent} were answered unread`);
  for (const socket of deaf) socket.close();
  await server.until('free of them', ({ clients }) => clients === 1);
});

test('whoever asks beside eight full queues has one of the next turns', async () => {
  using served = new Served();
  const floods = Array.from({ length: 8 }, () => FdSocket.connect(served.path));
  using polite = FdSocket.connect(served.path);
  while (served.server.clients < 9) await new Promise((resolve) => setTimeout(resolve, 1));
  for (let slot = 1; slot <= 20; slot++) {
    for (const socket of floods) {
      untilFull(() => socket.recv(new Uint8Array(24), { dontWait: true }));
      flood(socket);
    }
    const before = served.audit.length;
    sendVmRequest(polite, { type: 'unregisterMemory', slot });
    await served.handled(before + 9);
    const turns = served.audit
      .slice(before)
      .findIndex(({ request }) => request?.type === 'unregisterMemory' && request.slot === slot);
    // The others have one turn each; the first to wake the server had up to eight alone.
    assert.ok(turns >= 0 && turns < 16, `turn ${turns}`);
    assert.is(recvVmResponse(polite).type, 'err');
  }
  for (const socket of floods) socket.close();
});

test('5,000 connections: as many clients as allowed, and no more descriptors', async () => {
  using server = await RemoteServer.start({ maxClients: 32 });
  using client = await ControlClient.connect(server.path);
  await client.balloonAdjust(1);
  const before = await server.counts();
  let most = 0;
  for (let batch = 0; batch < 50; batch++) {
    const sockets: FdSocket[] = [];
    for (let count = 0; count < 100; count++) {
      sockets.push(FdSocket.connect(server.path, { timeoutMs: 5_000 }));
    }
    if (batch % 10 === 0) most = Math.max(most, (await server.counts()).clients);
    await client.balloonAdjust(1);
    for (const socket of sockets) socket.close();
  }
  assert.ok(most > 1 && most <= 32, `${most} clients`);
  const after = await server.until('alone', ({ clients }) => clients === 1);
  assert.is(after.descriptors, before.descriptors);
});

test('253 descriptors with each packet: refused, and all closed', async () => {
  using server = await RemoteServer.start();
  using samples = new Samples();
  using hostile = FdSocket.connect(server.path);
  hostile.setTimeouts({ receiveMs: 5_000 });
  using client = await ControlClient.connect(server.path);
  await client.balloonAdjust(1);
  const before = await server.counts();
  const fds = Array.from(
    { length: 253 },
    (_, index) => samples.all[index % samples.all.length]?.descriptor.fd ?? -1,
  );
  const answer = new Uint8Array(24);
  for (let count = 0; count < 500; count++) {
    assert.is(sendRaw(hostile.fd, unregister, { rights: [fds], credentials: 'none' }), 0);
    assert.is(hostile.recv(answer).length, 24);
    assert.equal([answer[0], answer[4]], [2, 71], 'err EPROTO');
    if (count % 50 === 0) await client.balloonAdjust(1);
  }
  await server.until('as before', ({ descriptors }) => descriptors === before.descriptors);
});

test('one descriptor too many is closed at once, not by the next look for a packet', () => {
  using samples = new Samples();
  const [left, right] = socketPair('seqpacket');
  for (const { name, descriptor } of samples.all) {
    left.send(unregister, [descriptor]);
    const before = whatIsOpen().descriptors;
    assert.throws(() => recvVmRequest(right), /descriptor/, name);
    assert.is(whatIsOpen().descriptors, before, name);
  }
  left.close();
  right.close();
});

test('no descriptors left while accepting: no spinning, and clients come in when some are free', async () => {
  using server = await RemoteServer.start({}, openFiles);
  const clients: FdSocket[] = [];
  for (let count = 0; count < 60; count++) clients.push(FdSocket.connect(server.path));
  await full(server);
  const ticks = server.cpuTicks;
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  assert.ok(server.cpuTicks - ticks < 15, `${server.cpuTicks - ticks} ticks of CPU in 1.5 s`);
  for (const socket of clients) socket.close();
  using client = await ControlClient.connect(server.path);
  await client.balloonAdjust(1);
});

test('no descriptors left while receiving: EMFILE, nothing kept, and the next request works', async () => {
  using server = await RemoteServer.start({}, openFiles);
  using samples = new Samples();
  const [sample] = samples.all;
  if (sample === undefined) throw new Error('no sample');
  using client = await ControlClient.connect(server.path);
  const idle: FdSocket[] = [];
  for (let count = 0; count < 60; count++) idle.push(FdSocket.connect(server.path));
  await full(server);
  const refusal = await client
    .registerMemory(sample.descriptor, 4096)
    .catch((error: unknown) => error);
  assert.match(String(refusal), /EMFILE/);
  await client.balloonAdjust(1);
  for (const socket of idle) socket.close();
  await server.until('free', ({ clients }) => clients === 1);
  const { slot } = await client.registerMemory(sample.descriptor, 4096);
  await client.unregisterMemory(slot);
});

test.run();
