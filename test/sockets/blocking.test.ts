/** Calls that wait: time-outs, signals that interrupt them, and a backlog that is full. */
import { type ChildProcess, spawn } from 'node:child_process';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { FdSocket, socketPair } from '../../runtime/sockets/fd-socket.js';
import { leavesNothingOpen } from '../control/open-resources.js';
import { refusal } from '../memory/refusal.js';
import { SystemError } from '../../runtime/errors.js';

const test = suite('blocking calls');
const types = ['datagram', 'seqpacket'] as const;

/** Another process that signals this one, again and again; its handler does nothing but interrupt. */
class Interruptions implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #noted = (): void => {};

  private constructor(child: ChildProcess) {
    this.#child = child;
    process.on('SIGUSR2', this.#noted);
  }

  /** @param milliseconds between two signals */
  static async every(milliseconds: number): Promise<Interruptions> {
    const code = `setInterval(() => process.kill(${process.pid}, 'SIGUSR2'), ${milliseconds}); console.log();`;
    const child = spawn(process.execPath, ['-e', code], { stdio: ['ignore', 'pipe', 'inherit'] });
    const started = new Interruptions(child);
    await new Promise((resolve) => child.stdout.once('data', resolve));
    return started;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const gone = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.kill();
    await gone;
    process.off('SIGUSR2', this.#noted);
  }
}

for (const type of types) {
  test(`${type}: receiving ends with ETIMEDOUT, and goes on afterwards`, () => {
    const [left, right] = socketPair(type);
    right.setTimeouts({ receiveMs: 20 });
    const call = (): unknown => right.recv(new Uint8Array(1));
    assert.is(refusal(call), 'ETIMEDOUT');
    assert.throws(call, /within 20 ms/);
    left.send(Uint8Array.of(1));
    assert.is(right.recv(new Uint8Array(1)).length, 1);
    left.close();
    right.close();
  });

  test(`${type}: sending to one who doesn't read ends with ETIMEDOUT`, () => {
    const [left, right] = socketPair(type);
    left.setTimeouts({ sendMs: 20 });
    assert.is(
      refusal(() => {
        for (let count = 0; count < 100_000; count++) left.send(new Uint8Array(1000));
      }),
      'ETIMEDOUT',
    );
    left.close();
    right.close();
  });

  test(`${type}: signals interrupt neither a packet that comes nor a time-out`, async () => {
    await using interruptions = await Interruptions.every(5);
    const [left, right] = socketPair(type);
    right.setTimeouts({ receiveMs: 60 });
    left.setTimeouts({ sendMs: 60 });
    assert.is(
      refusal(() => right.recv(new Uint8Array(1))),
      'ETIMEDOUT',
    );
    assert.is(
      refusal(() => {
        for (let count = 0; count < 100_000; count++) left.send(new Uint8Array(1000));
      }),
      'ETIMEDOUT',
    );
    left.close();
    right.close();
    assert.ok(interruptions);
  });
}

test('accepting and connecting: time-outs, with signals and without', async () => {
  for (const interrupted of [false, true]) {
    await using interruptions = interrupted ? await Interruptions.every(5) : undefined;
    using listener = FdSocket.listen(undefined, { backlog: 0 });
    listener.setTimeouts({ receiveMs: 40 });
    const accept = (): unknown => listener.accept();
    assert.is(refusal(accept), 'ETIMEDOUT');
    assert.throws(accept, /within 40 ms/);
    const waiting: FdSocket[] = [];
    const connect = (): void => {
      for (let count = 0; count < 10; count++) {
        waiting.push(FdSocket.connect(listener.localAddress, { timeoutMs: 40 }));
      }
    };
    assert.is(refusal(connect), 'ETIMEDOUT');
    assert.throws(connect, /within 40 ms/);
    assert.ok(waiting.length > 0);
    for (const socket of waiting) socket.close();
    assert.is(interruptions !== undefined, interrupted);
  }
});

function codeOf(error: unknown): unknown {
  return error instanceof SystemError ? error.code : error;
}

test('connecting without blocking waits for room in the backlog, as long as it may', async () => {
  await leavesNothingOpen(async () => {
    using listener = FdSocket.listen(undefined, { backlog: 0 });
    const address = listener.localAddress;
    using first = FdSocket.connect(address);
    const late = await FdSocket.connectAsync(address, { timeoutMs: 30 }).catch(codeOf);
    assert.is(late, 'ETIMEDOUT');
    const abort = new AbortController();
    const aborted = FdSocket.connectAsync(address, { signal: abort.signal }).catch(codeOf);
    setTimeout(() => abort.abort('enough'), 10);
    assert.is(await aborted, 'enough');
    const second = FdSocket.connectAsync(address);
    await new Promise((resolve) => setTimeout(resolve, 10));
    listener.accept().close();
    using socket = await second;
    using accepted = listener.accept();
    socket.send(Uint8Array.of(3));
    assert.is(accepted.recv(new Uint8Array(1)).length, 1);
    assert.is(first.closed, false);
  });
});

test('what waits nowhere: tryAccept without a client, and after one', () => {
  using listener = FdSocket.listen();
  assert.is(listener.tryAccept(), undefined);
  using client = FdSocket.connect(listener.localAddress);
  using accepted = listener.tryAccept();
  assert.is(accepted?.peerCredentials?.pid, process.pid);
  assert.is(listener.tryAccept(), undefined);
  const [left, right] = socketPair('seqpacket');
  assert.is(
    refusal(() => left.accept()),
    'EINVAL',
  );
  assert.is(client.closed, false);
  left.close();
  right.close();
});

test('times are whole milliseconds that Node and the kernel can count', () => {
  const [left, right] = socketPair();
  for (const time of [0, -1, 1.5, NaN, Infinity, 2 ** 31, '5' as never]) {
    assert.is(
      refusal(() => left.setTimeouts({ receiveMs: time })),
      'EINVAL',
    );
    assert.is(
      refusal(() => left.setTimeouts({ sendMs: time })),
      'EINVAL',
    );
    assert.is(
      refusal(() => FdSocket.connect({ abstract: 'x' }, { timeoutMs: time })),
      'EINVAL',
    );
  }
  left.setTimeouts({ receiveMs: 2 ** 31 - 1, sendMs: 1 });
  assert.equal([left.receiveTimeoutMs, left.sendTimeoutMs], [2 ** 31 - 1, 1]);
  left.setTimeouts({});
  assert.equal([left.receiveTimeoutMs, left.sendTimeoutMs], [undefined, undefined]);
  left.close();
  right.close();
});

test.run();
