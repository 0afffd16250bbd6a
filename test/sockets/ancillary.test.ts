/** What rides along: credentials beside descriptors, several control messages, and a control buffer that is full. */
import { fstatSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { SCM_CREDENTIALS, SCM_RIGHTS, SO_PASSCRED } from '../../native/socket.js';
import { closeAll } from '../../runtime/descriptors/close-all.js';
import { FdSocket, socketPair } from '../../runtime/sockets/fd-socket.js';
import { setNumber } from '../../runtime/sockets/socket-options.js';
import { memfd } from '../control/memfd.js';
import { leavesNothingOpen } from '../control/open-resources.js';
import { sendRaw } from './raw.js';

const test = suite('ancillary data');
const me = { pid: process.pid, uid: process.getuid?.() ?? -1, gid: process.getgid?.() ?? -1 };

/** SO_PASSIDFD's neighbour: a pidfd comes with each packet (asm-generic/socket.h, Linux 6.5). */
const SO_PASSPIDFD = 76;

/** A server that receives credentials, and a client. */
function connected(
  type: 'datagram' | 'seqpacket',
): [server: FdSocket, client: FdSocket, end: () => void] {
  const name = { abstract: `vmwire-ancillary-${process.pid}-${type}` };
  if (type === 'datagram') {
    const server = FdSocket.bind(name, { credentials: true });
    const client = FdSocket.connect(name, { type });
    return [server, client, () => [server, client].forEach((socket) => socket.close())];
  }
  const listener = FdSocket.listen(name, { credentials: true });
  const client = FdSocket.connect(name);
  const server = listener.accept();
  return [server, client, () => [server, client, listener].forEach((socket) => socket.close())];
}

for (const type of ['datagram', 'seqpacket'] as const) {
  test(`${type}: credentials come with each packet, and descriptors behind them`, async () => {
    await leavesNothingOpen(() => {
      const [server, client, end] = connected(type);
      assert.is(server.receivesCredentials, true);
      for (const count of [0, 1, 2, 253]) {
        using memory = memfd(0n);
        client.send(Uint8Array.of(1), Array(count).fill(memory));
        const received = server.recv(new Uint8Array(8), { maxFds: 253 });
        assert.equal(received.credentials, me);
        assert.is(received.fds.length, count);
        assert.is(received.surplusFds, false);
        closeAll(received.fds);
      }
      end();
    });
  });

  test(`${type}: beside credentials there is room for exactly as many descriptors as were asked for`, async () => {
    await leavesNothingOpen(() => {
      const [server, client, end] = connected(type);
      using memory = memfd(0n);
      for (const [sent, room] of [
        [1, 0],
        [2, 1],
        [5, 4],
      ] as const) {
        client.send(Uint8Array.of(1), Array(sent).fill(memory));
        const received = server.recv(new Uint8Array(8), { maxFds: room });
        assert.equal(received.credentials, me);
        assert.equal([received.fds.length, received.surplusFds], [room, true]);
        closeAll(received.fds);
      }
      end();
    });
  });
}

test('two control messages with descriptors: all of them are taken, or closed', async () => {
  await leavesNothingOpen(() => {
    const [left, right] = socketPair('seqpacket');
    const memories = [memfd(0n), memfd(0n), memfd(0n)];
    const [a = -1, b = -1, c = -1] = memories.map(({ fd }) => fd);
    const controls = [
      { type: SCM_RIGHTS, data: [a] },
      { type: SCM_RIGHTS, data: [b, c] },
    ];
    for (const room of [3, 2, 1, 0]) {
      assert.is(sendRaw(left.fd, Uint8Array.of(1), controls), 0);
      const { fds, surplusFds } = right.recv(new Uint8Array(1), { maxFds: room });
      assert.equal([fds.length, surplusFds], [room, room < 3]);
      const inodes = memories.slice(0, room).map(({ fd }) => fstatSync(fd).ino);
      assert.equal(
        fds.map(({ fd }) => fstatSync(fd).ino),
        inodes,
      ); // in order
      closeAll(fds);
    }
    closeAll(memories);
    left.close();
    right.close();
  });
});

test('credentials beside descriptors, in both orders, whether or not they are received', async () => {
  await leavesNothingOpen(() => {
    for (const credentials of [false, true]) {
      const [left, right] = socketPair('datagram');
      using receiver = credentials ? passing(right) : right;
      using memory = memfd(0n);
      const controls = [
        { type: SCM_CREDENTIALS, data: [me.pid, me.uid, me.gid] },
        { type: SCM_RIGHTS, data: [memory.fd] },
      ];
      for (const order of [controls, controls.toReversed()]) {
        assert.is(sendRaw(left.fd, Uint8Array.of(1), order), 0);
        const received = receiver.recv(new Uint8Array(1), { maxFds: 1 });
        assert.is(received.fds.length, 1);
        assert.equal(received.credentials, credentials ? me : undefined);
        closeAll(received.fds);
      }
      left.close();
      right.close();
    }
  });
});

/** The same socket, with credentials, as somebody who was given it sees it. */
function passing(socket: FdSocket): FdSocket {
  setNumber(socket.fd, SO_PASSCRED, 1, socket.what);
  const [left, right] = socketPair();
  left.send(Uint8Array.of(1), [socket]);
  const { fds } = right.recv(new Uint8Array(1), { maxFds: 1 });
  left.close();
  right.close();
  const [owned] = fds;
  if (owned === undefined) throw new Error('no descriptor came');
  return FdSocket.fromFd(owned);
}

test('a pidfd that came because somebody else set the option is closed', async () => {
  await leavesNothingOpen(() => {
    const [left, right] = socketPair('seqpacket');
    try {
      setNumber(right.fd, SO_PASSPIDFD, 1, right.what);
    } catch {
      left.close();
      right.close();
      return; // before Linux 6.5 there is none
    }
    using memory = memfd(0n);
    left.send(Uint8Array.of(1), [memory]);
    const { fds } = right.recv(new Uint8Array(1), { maxFds: 253 });
    assert.is(fds.length, 1);
    closeAll(fds);
    left.close();
    right.close();
  });
});

test.run();
