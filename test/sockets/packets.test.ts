/** Packets and their descriptors over pairs of real sockets. */
import { closeSync, fstatSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { FD_CLOEXEC, F_GETFD, fcntl } from '../../native/fd.js';
import { closeAll } from '../../runtime/descriptors/close-all.js';
import { SharedMemory } from '../../runtime/memory/shared-memory.js';
import { FdSocket, socketPair } from '../../runtime/sockets/fd-socket.js';
import { leavesNothingOpen } from '../control/open-resources.js';
import { closedNumber, memfd } from '../control/memfd.js';
import { refusal } from '../memory/refusal.js';

const test = suite('packets');
const types = ['datagram', 'seqpacket'] as const;

/** A pair, for the length of a test. */
class Pair implements Disposable {
  readonly left: FdSocket;
  readonly right: FdSocket;

  constructor(type: (typeof types)[number] = 'seqpacket') {
    [this.left, this.right] = socketPair(type);
  }

  [Symbol.dispose](): void {
    this.left.close();
    this.right.close();
  }
}

function inode({ fd }: { readonly fd: number }): number {
  return fstatSync(fd).ino;
}

for (const type of types) {
  test(`${type}: packets keep their bounds and their order`, () => {
    using pair = new Pair(type);
    for (const size of [1, 24, 25, 4096, 65_536]) pair.left.send(new Uint8Array(size).fill(size));
    for (const size of [1, 24, 25, 4096, 65_536]) {
      const buffer = new Uint8Array(65_536);
      const { length, truncated, ended, fds } = pair.right.recv(buffer);
      assert.equal([length, truncated, ended, fds.length], [size, false, false, 0]);
      assert.ok(buffer.subarray(0, size).every((byte) => byte === (size & 0xff)));
    }
  });

  test(`${type}: a packet that is too long for the buffer tells its real length`, () => {
    using pair = new Pair(type);
    pair.left.send(Uint8Array.of(1, 2, 3, 4));
    const buffer = new Uint8Array(2);
    const { length, truncated } = pair.right.recv(buffer);
    assert.equal([length, truncated, ...buffer], [4, true, 1, 2]);
    pair.left.send(Uint8Array.of(5));
    assert.is(pair.right.recv(buffer).truncated, false);
    assert.equal([...buffer], [5, 2]);
  });

  test(`${type}: a packet without bytes, with and without a descriptor`, () => {
    using pair = new Pair(type);
    using memory = SharedMemory.create({ name: 'shared', size: 4096 });
    pair.left.send(new Uint8Array());
    assert.equal(pair.right.recv(new Uint8Array(8)).length, 0);
    pair.left.send(new Uint8Array(), [memory]);
    const { length, fds, ended } = pair.right.recv(new Uint8Array(8), { maxFds: 1 });
    assert.equal([length, fds.length, ended], [0, 1, false]);
    closeAll(fds);
  });

  test(`${type}: 253 descriptors arrive in order, as new descriptors that no child inherits`, () => {
    using pair = new Pair(type);
    const sent = Array.from({ length: 253 }, () => memfd(4096n));
    pair.left.send(Uint8Array.of(1), sent);
    const { fds, surplusFds } = pair.right.recv(new Uint8Array(1), { maxFds: 253 });
    assert.equal(fds.map(inode), sent.map(inode));
    assert.is(surplusFds, false);
    assert.ok(fds.every(({ fd }) => fcntl(fd, F_GETFD, 0) === FD_CLOEXEC));
    assert.ok(fds.every(({ fd }) => !sent.some((other) => other.fd === fd)));
    closeAll(fds);
    closeAll(sent);
  });

  test(`${type}: descriptors that were not expected are closed, and told of`, async () => {
    for (const [count, room] of [
      [1, 0],
      [2, 1],
      [3, 2],
      [253, 0],
      [253, 252],
    ] as const) {
      await leavesNothingOpen(() => {
        using pair = new Pair(type);
        using memory = memfd(0n);
        pair.left.send(Uint8Array.of(7), Array(count).fill(memory));
        const { fds, surplusFds, length } = pair.right.recv(new Uint8Array(8), { maxFds: room });
        assert.equal([fds.length, surplusFds, length], [room, true, 1]);
        closeAll(fds);
      });
    }
  });

  test(`${type}: what can't be sent is refused, and leaves nothing behind`, async () => {
    await leavesNothingOpen(() => {
      using pair = new Pair(type);
      using memory = memfd(0n);
      const send = (bytes: number, fds: Parameters<FdSocket['send']>[1]): string =>
        refusal(() => pair.left.send(new Uint8Array(bytes), fds));
      assert.is(send(65_537, []), 'EMSGSIZE');
      assert.is(send(1, Array(254).fill(memory)), 'EINVAL');
      assert.is(send(1, [memory, closedNumber()]), 'EBADF');
      for (const fd of [-1, 1.5, NaN, 2 ** 31, 2 ** 32, Infinity]) {
        assert.is(send(1, [{ fd }]), 'EBADF', String(fd));
      }
      assert.is(
        refusal(() => pair.right.recv(new Uint8Array(8), { dontWait: true })),
        'EAGAIN',
      );
    });
  });

  test(`${type}: a full socket is EAGAIN, and nothing of what it took is lost`, () => {
    using pair = new Pair(type);
    let sent = 0;
    const fill = (): void => {
      for (; sent < 100_000; sent++) pair.left.send(Uint8Array.of(sent), [], { dontWait: true });
    };
    assert.is(refusal(fill), 'EAGAIN');
    for (let received = 0; received < sent; received++) {
      const buffer = new Uint8Array(1);
      pair.right.recv(buffer);
      assert.is(buffer[0], received & 0xff);
    }
    assert.is(
      refusal(() => pair.right.recv(new Uint8Array(1), { dontWait: true })),
      'EAGAIN',
    );
  });

  test(`${type}: a closed socket is EBADF, whatever is asked of it`, () => {
    const [left, right] = socketPair(type);
    right.close();
    right.close();
    left.close();
    left[Symbol.dispose]();
    assert.is(left.closed, true);
    const calls: readonly (() => unknown)[] = [
      () => left.fd,
      () => left.send(Uint8Array.of(1)),
      () => left.recv(new Uint8Array(1)),
      () => left.sendTo({ abstract: 'x' }, Uint8Array.of(1)),
      () => left.accept(),
      () => left.tryAccept(),
      () => left.shutdown(),
      () => left.localAddress,
      () => left.peerAddress,
      () => left.peerCredentials,
      () => left.listening,
      () => left.setTimeouts({ receiveMs: 1 }),
    ];
    for (const call of calls) assert.is(refusal(call), 'EBADF', String(call));
  });
}

test('seqpacket: the far end that closes is the end, and sending to it is EPIPE', () => {
  const [left, right] = socketPair('seqpacket');
  left.send(Uint8Array.of(1));
  left.close();
  assert.is(right.recv(new Uint8Array(1)).ended, false);
  assert.is(right.recv(new Uint8Array(1)).ended, true);
  assert.is(right.recv(new Uint8Array(1)).ended, true);
  assert.is(
    refusal(() => right.send(Uint8Array.of(1))),
    'EPIPE',
  );
  right.close();
});

test('seqpacket: a far end that closes with packets unread is ECONNRESET once', () => {
  const [left, right] = socketPair('seqpacket');
  right.send(Uint8Array.of(1));
  left.close();
  assert.is(
    refusal(() => right.recv(new Uint8Array(1))),
    'ECONNRESET',
  );
  assert.is(right.recv(new Uint8Array(1)).ended, true);
  right.close();
});

test('datagram: the far end that closes is ECONNREFUSED when sending, and no end when receiving', () => {
  const [left, right] = socketPair('datagram');
  left.close();
  assert.is(
    refusal(() => right.send(Uint8Array.of(1))),
    'ECONNREFUSED',
  );
  right.setTimeouts({ receiveMs: 5 });
  assert.match(
    refusal(() => right.recv(new Uint8Array(1))),
    /ENOTCONN|ETIMEDOUT/,
  );
  right.close();
});

test('shutdown ends one direction, or both', () => {
  using pair = new Pair('seqpacket');
  pair.left.shutdown('write');
  assert.is(pair.right.recv(new Uint8Array(1)).ended, true);
  pair.right.send(Uint8Array.of(9));
  assert.is(pair.left.recv(new Uint8Array(1)).length, 1);
  pair.left.shutdown();
  assert.is(
    refusal(() => pair.right.send(Uint8Array.of(1))),
    'EPIPE',
  );
});

test('a descriptor stays the sender’s: it may be closed while it is on its way', () => {
  using pair = new Pair();
  const memory = memfd(4096n);
  const { ino } = fstatSync(memory.fd);
  pair.left.send(Uint8Array.of(1), [memory]);
  memory.close();
  const { fds } = pair.right.recv(new Uint8Array(1), { maxFds: 1 });
  const number = fds[0]?.take() ?? -1;
  assert.is(fstatSync(number).ino, ino);
  closeSync(number);
});

test('descriptors on their way close with the socket that nobody reads', async () => {
  await leavesNothingOpen(() => {
    using pair = new Pair();
    using memory = memfd(4096n);
    for (let count = 0; count < 20; count++) pair.left.send(Uint8Array.of(1), [memory]);
  });
});

test('a socket is taken over by its descriptor, and only a socket of packets', async () => {
  await leavesNothingOpen(() => {
    using pair = new Pair();
    using left = pair.left;
    pair.right.send(Uint8Array.of(1), [left]);
    const { fds } = left.recv(new Uint8Array(1), { maxFds: 1 });
    const [owned] = fds;
    if (owned === undefined) throw new Error('no descriptor came');
    using same = FdSocket.fromFd(owned);
    assert.is(owned.closed, true);
    assert.is(same.type, 'seqpacket');
    pair.right.send(Uint8Array.of(2));
    assert.is(same.recv(new Uint8Array(1)).length, 1);
    using memory = memfd(0n);
    assert.is(
      refusal(() => FdSocket.fromFd(memory)),
      'ENOTSOCK',
    );
    assert.is(memory.closed, false);
  });
});

test.run();
