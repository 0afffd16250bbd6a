/** A client: time-outs, signals, the line of its calls, and servers that vanish or turn it away. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ControlClient } from '../../runtime/control/client.js';
import { recvVmRequest, sendVmResponse } from '../../runtime/control/messages.js';
import type { FdSocket } from '../../runtime/sockets/fd-socket.js';
import { socketPair } from '../../runtime/sockets/fd-socket.js';
import { runChild } from '../child.js';
import { collectGarbage } from '../memory/garbage.js';
import { leavesNothingOpen } from './open-resources.js';
import { outcome, outcomeSync } from './outcome.js';
import { Served } from './served.js';

const test = suite('the control client');
const types = ['seqpacket', 'datagram'] as const;
const anything = { type: 'unregisterMemory', slot: 1 } as const;

/** A client, and the far end that the test plays. */
class Played implements Disposable {
  readonly client: ControlClient;
  readonly vm: FdSocket;

  constructor(type: (typeof types)[number] = 'seqpacket', timeoutMs?: number) {
    const [mine, theirs] = socketPair(type);
    this.vm = theirs;
    this.client = ControlClient.on(mine, { timeoutMs });
  }

  /** Answers the next request ok, and tells its slot. */
  answer(): number {
    const request = recvVmRequest(this.vm);
    sendVmResponse(this.vm, { type: 'ok' });
    return request.type === 'unregisterMemory' ? request.slot : -1;
  }

  [Symbol.dispose](): void {
    this.client.close();
    this.vm.close();
  }
}

async function turn(milliseconds = 2): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
}

for (const type of types) {
  test(`${type}: a VM that does not answer is ETIMEDOUT, and the client closes`, async () => {
    await leavesNothingOpen(async () => {
      using played = new Played(type, 20);
      assert.is(await outcome(played.client.call(anything)), 'recv ETIMEDOUT');
      assert.is(played.client.closed, true);
      assert.is(await outcome(played.client.call(anything)), 'system EBADF');
      using other = new Played(type);
      assert.is(
        outcomeSync(() => other.client.callSync(anything, { timeoutMs: 20 })),
        'recv ETIMEDOUT',
      );
      assert.is(other.client.closed, true);
    });
  });

  test(`${type}: an abort rejects with the signal's reason, and the client closes`, async () => {
    using played = new Played(type);
    const abort = new AbortController();
    const call = outcome(played.client.call(anything, { signal: abort.signal }));
    await turn();
    abort.abort('enough');
    assert.is(await call, 'enough');
    assert.is(played.client.closed, true);
  });

  test(`${type}: calls are sent one after the other, and answered in turn`, async () => {
    using played = new Played(type);
    const calls = [1, 2, 3].map((slot) =>
      played.client.call({ type: 'unregisterMemory', slot }).then(() => slot),
    );
    for (const slot of [1, 2, 3]) {
      assert.is(played.answer(), slot);
      assert.throws(() => played.vm.recv(new Uint8Array(24), { dontWait: true }), /EAGAIN/);
      assert.is(await calls[slot - 1], slot);
      await turn();
    }
  });

  test(`${type}: who gives up in line disturbs nobody, and leaves at once`, async () => {
    using played = new Played(type);
    const first = outcome(played.client.call(anything));
    const abort = new AbortController();
    const second = outcome(
      played.client.call({ type: 'unregisterMemory', slot: 2 }, { signal: abort.signal }),
    );
    const third = outcome(
      played.client.call({ type: 'unregisterMemory', slot: 3 }, { timeoutMs: 10 }),
    );
    const fourth = outcome(played.client.call({ type: 'unregisterMemory', slot: 4 }));
    abort.abort('enough');
    // The first one is not answered yet.
    assert.is(await second, 'enough');
    assert.is(await third, 'send ETIMEDOUT');
    assert.is(played.client.closed, false);
    assert.is(played.answer(), 1);
    assert.is(await first, 'ok');
    await turn();
    assert.is(played.answer(), 4);
    assert.is(await fourth, 'ok');
  });

  test(`${type}: a close rejects the call under way and those in line`, async () => {
    using played = new Played(type);
    const calls = [1, 2].map(() => outcome(played.client.call(anything)));
    await turn();
    played.client.close();
    assert.equal(await Promise.all(calls), ['recv ECANCELED', 'system EBADF']);
  });

  test(`${type}: its socket that somebody else closes is the same`, async () => {
    const [mine, theirs] = socketPair(type);
    const client = ControlClient.on(mine);
    const call = outcome(client.call(anything));
    await turn();
    mine.close();
    assert.is(await call, 'recv ECANCELED');
    assert.is(client.closed, true);
    theirs.close();
  });
}

test('a line of calls that never ends keeps none of its answers', async () => {
  using played = new Played();
  const answers: WeakRef<object>[] = [];
  let call = played.client.call(anything);
  for (let count = 0; count < 100; count++) {
    // The next one is in line before this one is answered.
    const next = played.client.call(anything);
    await turn(0);
    played.answer();
    answers.push(new WeakRef(await call));
    call = next;
  }
  await collectGarbage();
  const kept = answers.filter((answer) => answer.deref() !== undefined).length;
  assert.ok(kept < 5, `${kept} answers are kept`);
  played.answer();
  await call;
});

test('a VM that closes is told at once, before and after it read', async () => {
  for (const read of [false, true]) {
    using played = new Played();
    const call = outcome(played.client.call(anything));
    if (read) recvVmRequest(played.vm);
    played.vm.close();
    assert.is(await call, 'recv ECONNRESET');
    assert.is(await outcome(played.client.call(anything)), 'system EBADF');
  }
  using gone = new Played();
  gone.vm.close();
  assert.is(await outcome(gone.client.call(anything)), 'send EPIPE');
  using later = new Played();
  later.vm.close();
  assert.is(
    outcomeSync(() => later.client.callSync(anything)),
    'send EPIPE',
  );
});

test('a VM that turns the client away is heard, whether the request was sent before or after', async () => {
  for (const sentBefore of [false, true]) {
    using played = new Played();
    const refuse = (): void => {
      sendVmResponse(played.vm, { type: 'err', errno: 1 });
      played.vm.close(); // with the request unread: ECONNRESET comes before the answer
    };
    if (!sentBefore) refuse();
    const call = outcome(played.client.call(anything));
    if (sentBefore) refuse();
    assert.is(await call, 'refused EPERM');
    using other = new Played();
    sendVmResponse(other.vm, { type: 'err', errno: 1 });
    other.vm.close();
    assert.is(
      outcomeSync(() => other.client.callSync(anything)),
      'refused EPERM',
    );
  }
});

test('an answer to another request, or none at all, is an error, and the client closes', async () => {
  using played = new Played();
  const call = outcome(played.client.call({ type: 'exit' }));
  recvVmRequest(played.vm);
  sendVmResponse(played.vm, { type: 'registerMemory', pfn: 1n, slot: 1 });
  assert.is(await call, 'invalidType ERR_INVALID_TYPE');
  assert.is(played.client.closed, true);
  using other = new Played();
  const second = outcome(other.client.call({ type: 'exit' }));
  recvVmRequest(other.vm);
  other.vm.send(new Uint8Array(7));
  assert.is(await second, 'badSize ERR_BAD_SIZE');
  assert.is(other.client.closed, true);
});

test('what can not be sent leaves the client usable', async () => {
  using played = new Played();
  for (const slot of [-1, 1.5, NaN, 2 ** 32, '1' as never]) {
    const error = await outcome(played.client.call({ type: 'unregisterMemory', slot }));
    assert.is((error as Error).name, 'FieldValueError');
  }
  assert.is(
    await outcome(played.client.call({ type: 'registerIrqfd' } as never)),
    'invalidType ERR_INVALID_TYPE',
  );
  assert.is(
    await outcome(played.client.call({ type: 'registerMemory', size: 1n } as never)),
    'expectFd ERR_EXPECT_FD',
  );
  const call = outcome(played.client.call(anything));
  assert.is(played.answer(), 1);
  assert.is(await call, 'ok');
});

test('after a request whose answer nobody awaits there are no calls', async () => {
  using played = new Played();
  played.client.sendSync({ type: 'exit' });
  assert.is(await outcome(played.client.call(anything)), 'system EBUSY');
  assert.is(
    outcomeSync(() => played.client.callSync(anything)),
    'system EBUSY',
  );
  assert.is(recvVmRequest(played.vm).type, 'exit');
});

test('a call that blocks is refused while another is under way, and not after it', async () => {
  using played = new Played();
  const call = played.client.call(anything);
  assert.is(
    outcomeSync(() => played.client.callSync(anything)),
    'system EBUSY',
  );
  played.answer();
  await call;
  sendVmResponse(played.vm, { type: 'ok' });
  assert.equal(played.client.callSync(anything), { type: 'ok' });
});

test('connecting: nobody there, nothing there, times that are none', async () => {
  await leavesNothingOpen(async () => {
    using served = new Served();
    const { path } = served;
    using client = ControlClient.connectSync(path);
    assert.is(client.type, 'seqpacket');
    assert.is(await outcome(ControlClient.connect(`${path}-none`)), 'system ENOENT');
    assert.is(
      outcomeSync(() => ControlClient.connectSync(`${path}-none`)),
      'system ENOENT',
    );
    assert.is(
      await outcome(ControlClient.connect(path, { type: 'datagram' })),
      'system EPROTOTYPE',
    );
    for (const timeoutMs of [0, -1, 1.5, NaN, 2 ** 31]) {
      assert.is(await outcome(ControlClient.connect(path, { timeoutMs })), 'system EINVAL');
      assert.is(
        outcomeSync(() => ControlClient.connectSync(path, { timeoutMs })),
        'system EINVAL',
      );
      assert.is(await outcome(client.call(anything, { timeoutMs })), 'system EINVAL');
      assert.is(
        outcomeSync(() => client.callSync(anything, { timeoutMs })),
        'system EINVAL',
      );
    }
    const signal = AbortSignal.abort('before');
    assert.is(await outcome(ControlClient.connect(path, { signal })), 'before');
  });
});

test('debug output that can’t be written breaks no conversation', async () => {
  const { stdout, status } = await runChild(
    `import { closeSync, openSync } from 'node:fs';
     closeSync(2);
     if (openSync('/dev/full', 'w') !== 2) throw new Error('not standard error');
     const [mine, theirs] = vmwire.socketPair('seqpacket');
     const vm = new vmwire.SimulatedVm();
     const server = new vmwire.ControlServer(new vmwire.ExecuteContext(vm));
     server.attach(mine);
     const client = vmwire.ControlClient.on(theirs);
     await client.exit();
     console.log('done');
     server.close();
     client.close();`,
    { env: { VMWIRE_DEBUG: '1' } },
  );
  assert.equal([status, stdout], [0, 'done\n']);
});

test.run();
