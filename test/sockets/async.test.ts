/** Calls that don't block: in line behind the event loop, with signals, time-outs, and sockets that close meanwhile. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Descriptor, ProtocolError } from '../../runtime/codec/index.js';
import { closeAll } from '../../runtime/descriptors/close-all.js';
import { SystemError } from '../../runtime/errors.js';
import { FdSocket, socketPair } from '../../runtime/sockets/fd-socket.js';
import { memfd } from '../control/memfd.js';
import { leavesNothingOpen } from '../control/open-resources.js';

const test = suite('calls that do not block');
const types = ['datagram', 'seqpacket'] as const;

/** How a promise ended: its value, the code of its error, or whatever it was rejected with. */
function outcome<T>(promise: Promise<T>): Promise<unknown> {
  return promise.catch((error: unknown) =>
    error instanceof SystemError || error instanceof ProtocolError ? error.code : error,
  );
}

async function received(
  socket: FdSocket,
  options?: Parameters<FdSocket['recvAsync']>[1],
): Promise<number> {
  const buffer = new Uint8Array(8);
  const { fds } = await socket.recvAsync(buffer, options);
  closeAll(fds);
  return buffer[0] ?? -1;
}

for (const type of types) {
  test(`${type}: many receive in the order in which they came`, async () => {
    await leavesNothingOpen(async () => {
      const [left, right] = socketPair(type);
      const all = Array.from({ length: 50 }, () => received(right));
      for (let index = 0; index < 50; index++) left.send(Uint8Array.of(index));
      assert.equal(
        await Promise.all(all),
        Array.from({ length: 50 }, (_, index) => index),
      );
      left.close();
      right.close();
    });
  });

  test(`${type}: a list of descriptors that grows while it waits is sent as it was`, async () => {
    const [left, right] = socketPair(type);
    const packet = new Uint8Array(1_000);
    using memory = memfd(4096n);
    while (
      await left.sendAsync(packet, [], { timeoutMs: 1 }).then(
        () => true,
        () => false,
      )
    );
    const fds = [memory];
    const sent = left.sendAsync(packet, fds);
    for (let count = 0; count < 1_000; count++) fds.push(memory);
    const buffer = new Uint8Array(1_000);
    for (;;) {
      const { fds: came } = await right.recvAsync(buffer, { maxFds: 253, timeoutMs: 2_000 });
      const { length } = came;
      closeAll(came);
      if (length === 0) continue;
      assert.is(length, 1);
      break;
    }
    await sent;
    left.close();
    right.close();
    // What this thread sends and receives with is whole, also if the list grows while it is read.
    const [one, other] = socketPair(type);
    const grows = {
      get fd(): number {
        for (let count = 0; count < 1_000; count++) growing.push(memory);
        return memory.fd;
      },
    };
    const growing: Descriptor[] = [grows];
    one.send(packet, growing);
    const { fds: whole } = other.recv(buffer, { maxFds: 1, dontWait: true });
    assert.is(whole.length, 1);
    closeAll(whole);
    one.close();
    other.close();
  });

  test(`${type}: many send in the order in which they came, though there is no room`, async () => {
    const [left, right] = socketPair(type);
    const count = 2_000;
    const packet = new Uint8Array(1_000);
    const sent = Array.from({ length: count }, (_, index) => {
      new DataView(packet.buffer).setUint32(0, index);
      return left.sendAsync(packet); // it is copied if it must wait
    });
    for (let index = 0; index < count; index++) {
      const buffer = new Uint8Array(1_000);
      await right.recvAsync(buffer);
      assert.is(new DataView(buffer.buffer).getUint32(0), index);
    }
    await Promise.all(sent);
    left.close();
    right.close();
  });

  test(`${type}: one that is aborted, at any moment, takes nothing from the others`, async () => {
    await leavesNothingOpen(async () => {
      const [left, right] = socketPair(type);
      using memory = memfd(0n);
      const results: Promise<unknown>[] = [];
      let aborted = 0;
      for (let index = 0; index < 60; index++) {
        const abort = new AbortController();
        results.push(outcome(received(right, { signal: abort.signal, maxFds: 1 })));
        if (index % 3 === 0) {
          aborted++;
          // In this turn, in a microtask, and in a later turn.
          if (index % 9 === 0) abort.abort('aborted');
          else if (index % 9 === 3) queueMicrotask(() => abort.abort('aborted'));
          else setImmediate(() => abort.abort('aborted'));
        }
      }
      await new Promise((resolve) => setTimeout(resolve, 5));
      for (let index = 0; index < 60 - aborted; index++) left.send(Uint8Array.of(index), [memory]);
      const ended = await Promise.all(results);
      const numbers = ended.filter((value) => value !== 'aborted');
      assert.equal(
        numbers,
        Array.from({ length: 60 - aborted }, (_, index) => index),
      );
      left.close();
      right.close();
    });
  });

  test(`${type}: a close rejects those who wait, at once, with ECANCELED`, async () => {
    const [left, right] = socketPair(type);
    const reading = [outcome(received(right)), outcome(received(right))];
    const packet = new Uint8Array(60_000);
    const writing = Array.from({ length: 100 }, () => outcome(right.sendAsync(packet)));
    right.close();
    assert.equal(await Promise.all(reading), ['ECANCELED', 'ECANCELED']);
    assert.ok((await Promise.all(writing)).includes('ECANCELED'));
    assert.is(await outcome(received(right)), 'EBADF');
    assert.is(await outcome(right.sendAsync(packet)), 'EBADF');
    left.close();
  });

  test(`${type}: time is up for one, and not for the one behind`, async () => {
    const [left, right] = socketPair(type);
    const first = outcome(received(right, { timeoutMs: 10 }));
    const second = received(right);
    assert.is(await first, 'ETIMEDOUT');
    left.send(Uint8Array.of(4));
    assert.is(await second, 4);
    const packet = new Uint8Array(60_000);
    const sent = Array.from({ length: 20 }, () =>
      outcome(left.sendAsync(packet, [], { timeoutMs: 10 })),
    );
    assert.ok((await Promise.all(sent)).includes('ETIMEDOUT'));
    left.close();
    right.close();
  });
}

test('a signal that has aborted already, and what is no signal', async () => {
  const [left, right] = socketPair();
  assert.is(await outcome(received(right, { signal: AbortSignal.abort('before') })), 'before');
  for (const signal of [{}, 5, null, 'abort']) {
    assert.is(await outcome(received(right, { signal: signal as never })), 'EINVAL');
  }
  for (const timeoutMs of [0, -1, NaN, 1.5, 2 ** 31, '9' as never]) {
    assert.is(await outcome(received(right, { timeoutMs })), 'EINVAL');
  }
  const abort = await outcome(received(right, { signal: AbortSignal.timeout(5) }));
  assert.instance(abort, DOMException);
  left.close();
  right.close();
});

test('hundreds of sockets, each with its own answers', async () => {
  await leavesNothingOpen(async () => {
    const pairs = Array.from({ length: 300 }, (_, index) => socketPair(types[index % 2]));
    const answers = pairs.map(async ([, right], index) => {
      for (let round = 0; round < 3; round++) {
        await right.sendAsync(Uint8Array.of((await received(right)) + (index % 100)));
      }
    });
    const asked = pairs.map(async ([left], index) => {
      for (let round = 0; round < 3; round++) {
        await left.sendAsync(Uint8Array.of(round));
        assert.is(await received(left), round + (index % 100));
      }
    });
    await Promise.all([...answers, ...asked]);
    for (const socket of pairs.flat()) socket.close();
  });
});

test('the end of a connection ends each of those who wait', async () => {
  const [left, right] = socketPair('seqpacket');
  const waiting = [1, 2, 3].map(() => right.recvAsync(new Uint8Array(1)));
  left.close();
  assert.equal(
    (await Promise.all(waiting)).map(({ ended }) => ended),
    [true, true, true],
  );
  assert.is(await outcome(right.sendAsync(Uint8Array.of(1))), 'EPIPE');
  right.close();
});

test('accepting without blocking, in order, until the listener closes', async () => {
  await leavesNothingOpen(async () => {
    const listener = FdSocket.listen();
    const [first, second, third] = [1, 2, 3].map(() => listener.acceptAsync());
    using client = await FdSocket.connectAsync(listener.localAddress);
    using other = await FdSocket.connectAsync(listener.localAddress);
    client.send(Uint8Array.of(1));
    other.send(Uint8Array.of(2));
    using a = (await first) as FdSocket; // made above
    using b = (await second) as FdSocket;
    assert.equal([await received(a), await received(b)], [1, 2]);
    listener.close();
    assert.is(await outcome(third as Promise<FdSocket>), 'ECANCELED');
  });
});

test('a number that comes back as another socket is watched anew', async () => {
  const [left, right] = socketPair();
  const waiting = outcome(received(right));
  const number = right.fd;
  right.close();
  left.close();
  assert.is(await waiting, 'ECANCELED');
  const pairs: FdSocket[] = [];
  while (!pairs.some(({ fd }) => fd === number)) pairs.push(...socketPair());
  const [again, far] = [
    pairs.findIndex(({ fd }) => fd === number),
    pairs.findIndex(({ fd }) => fd === number) ^ 1,
  ].map((index) => pairs[index]);
  if (again === undefined || far === undefined) throw new Error('the number did not come back');
  const next = received(again);
  far.send(Uint8Array.of(8));
  assert.is(await next, 8);
  for (const socket of pairs) socket.close();
});

test.run();
