/** Sockets that a server serves: adopted ones, full tables, shut-down listeners, and datagrams of every sender. */
import { closeSync, existsSync, openSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { F_GETFD, fcntl } from '../../native/fd.js';
import type { VmResponse } from '../../generated/vm_control/vm_control.js';
import { ControlClient } from '../../runtime/control/client.js';
import { ExecuteContext } from '../../runtime/control/context.js';
import {
  recvVmResponse,
  sendVmRequest,
  tryReceiveOn,
  vmResponses,
} from '../../runtime/control/messages.js';
import { ControlServer } from '../../runtime/control/server.js';
import { SimulatedVm } from '../../runtime/vm/simulated.js';
import { EventFd } from '../../runtime/memory/eventfd.js';
import { SharedMemory } from '../../runtime/memory/shared-memory.js';
import { FdSocket, socketPair } from '../../runtime/sockets/fd-socket.js';
import { FullTable, prlimitMissing } from '../descriptors/full-table.js';
import { refusal } from '../memory/refusal.js';
import { testIf } from '../skip.js';
import { leavesNothingOpen } from './open-resources.js';
import { outcome } from './outcome.js';
import { Served } from './served.js';

const test = suite('serving sockets');
const anything = { type: 'unregisterMemory', slot: 1 } as const;

/** A second number of a socket, which nobody owns. */
function numberOf(socket: FdSocket): number {
  const [left, right] = socketPair();
  left.send(Uint8Array.of(1), [socket]);
  const number = right.recv(new Uint8Array(1), { maxFds: 1 }).fds[0]?.take();
  left.close();
  right.close();
  if (number === undefined) throw new Error('no descriptor came');
  return number;
}

async function turn(milliseconds = 5): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
}

test('what is adopted is served, connections and datagrams alike', async () => {
  await leavesNothingOpen(async () => {
    using served = new Served();
    const listener = FdSocket.listen();
    const datagrams = FdSocket.bind();
    served.server.adopt(numberOf(listener));
    served.server.adopt(numberOf(datagrams));
    for (const socket of [listener, datagrams]) {
      using client = await ControlClient.connect(socket.localAddress);
      assert.is(client.type, socket.type);
      assert.is(await outcome(client.call(anything)), 'refused ENOENT');
    }
    listener.close();
    datagrams.close();
  });
});

test('what can’t be served is refused, and stays open: it may be somebody else’s', async () => {
  await leavesNothingOpen(() => {
    using served = new Served();
    using connected = FdSocket.connect(served.path);
    using event = EventFd.create();
    const file = openSync('/dev/null', 'r');
    const numbers: readonly (readonly [number, string])[] = [
      [connected.fd, 'EINVAL'],
      [event.fd, 'ENOTSOCK'],
      [file, 'ENOTSOCK'],
      [900_000, 'EBADF'],
      [2, 'EINVAL'],
      [-1, 'EINVAL'],
      [NaN, 'EINVAL'],
      [3.5, 'EINVAL'],
    ];
    for (const [fd, code] of numbers) {
      assert.is(
        refusal(() => served.server.adopt(fd)),
        code,
        String(fd),
      );
      if (fd > 2 && code !== 'EBADF' && Number.isInteger(fd)) assert.is(fcntl(fd, F_GETFD, 0), 1);
    }
    // Node's own descriptors among them: it lives.
    for (let fd = 3; fd < 25; fd++) {
      const code = refusal(() => served.server.adopt(fd));
      assert.is.not(code, 'no error');
    }
    closeSync(file);
  });
});

test('a socket of another kind can’t be adopted', async () => {
  using served = new Served();
  const path = join(served.folder, 'stream');
  const stream = createServer().listen(path);
  await new Promise((resolve) => stream.once('listening', resolve));
  const handle = Reflect.get(stream, '_handle') as { fd: number }; // Node's, for want of another stream
  assert.is(
    refusal(() => served.server.adopt(handle.fd)),
    'ESOCKTNOSUPPORT',
  );
  const tcp = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => tcp.once('listening', resolve));
  const other = Reflect.get(tcp, '_handle') as { fd: number };
  assert.is(
    refusal(() => served.server.adopt(other.fd)),
    'EAFNOSUPPORT',
  );
  await Promise.all([stream, tcp].map((one) => new Promise((resolve) => one.close(resolve))));
});

test('the same number is not adopted twice', async () => {
  using served = new Served();
  const listener = FdSocket.listen();
  const number = numberOf(listener);
  served.server.adopt(number);
  assert.is(
    refusal(() => served.server.adopt(number)),
    'EBUSY',
  );
  using client = await ControlClient.connect(listener.localAddress);
  assert.is(await outcome(client.call(anything)), 'refused ENOENT');
  listener.close();
});

test('a listener that somebody shut down is given up, told of, and does not spin', async () => {
  const faults: unknown[] = [];
  const vm = new SimulatedVm();
  const context = new ExecuteContext(vm);
  const server = new ControlServer(context, { onFault: (error) => faults.push(error) });
  const listener = FdSocket.listen();
  server.adopt(numberOf(listener));
  listener.shutdown();
  await turn();
  assert.is(faults.length, 1);
  assert.match(String(faults[0]), /accept .*EINVAL/);
  await turn();
  assert.is(faults.length, 1);
  server.close();
  listener.close();
});

test('a datagram socket that somebody shut down is given up as well', async () => {
  const faults: unknown[] = [];
  const context = new ExecuteContext(new SimulatedVm());
  const server = new ControlServer(context, { onFault: (error) => faults.push(error) });
  const socket = FdSocket.bind();
  server.adopt(numberOf(socket));
  const client = FdSocket.connect(socket.localAddress, { type: 'datagram', autobind: true });
  sendVmRequest(client, anything);
  socket.shutdown('read');
  await turn();
  assert.equal(recvVmResponse(client), { type: 'err', errno: 2 }, 'what had come is answered');
  assert.is(faults.length, 1);
  assert.match(String(faults[0]), /recv socket .*ESHUTDOWN/);
  server.close();
  for (const each of [socket, client]) each.close();
});

test('attached sockets that their owner closes leave the server', async () => {
  using served = new Served();
  const [mine, theirs] = socketPair('seqpacket');
  served.server.attach(mine);
  assert.is(served.server.clients, 1);
  mine.close();
  assert.is(served.server.clients, 0);
  theirs.close();
});

testIf(
  test,
  prlimitMissing(),
  'a listener without descriptors waits, does not spin, and goes on',
  async () => {
    using served = new Served();
    using before = await ControlClient.connect(served.path);
    assert.is(await outcome(before.call(anything)), 'refused ENOENT');
    const sockets = [FdSocket.connect(served.path), FdSocket.connect(served.path)];
    const table = new FullTable(0);
    try {
      // The two wait in the backlog: no turn of the loop has passed.
      await turn();
      assert.is(served.server.clients, 1);
      const { user, system } = process.cpuUsage();
      await turn(200);
      const now = process.cpuUsage();
      const busy = (now.user + now.system - user - system) / 1000;
      assert.ok(busy < 120, `${busy} ms of 200`);
      // Whoever is connected is served throughout.
      assert.is(await outcome(before.call(anything)), 'refused ENOENT');
    } finally {
      table[Symbol.dispose]();
    }
    for (const socket of sockets) {
      using client = ControlClient.on(socket);
      assert.is(await outcome(client.call(anything)), 'refused ENOENT');
    }
  },
);

/** What a datagram client hears within some turns of the loop. */
async function heard(socket: FdSocket): Promise<VmResponse | undefined> {
  for (let tries = 0; tries < 20; tries++) {
    const response = tryReceiveOn(vmResponses, socket);
    if (response !== undefined) return response;
    await turn(1);
  }
  return undefined;
}

test('datagrams: who has an absolute path or an abstract name is answered, nobody else', async () => {
  await leavesNothingOpen(async () => {
    using served = new Served({ serve: { type: 'datagram' } });
    const here = process.cwd();
    process.chdir(served.folder);
    try {
      const clients: readonly (readonly [FdSocket, boolean])[] = [
        [FdSocket.bind(join(served.folder, 'client')), true],
        [FdSocket.bind(), true],
        [FdSocket.bind({ abstract: `vmwire-client-${process.pid}` }), true],
        [FdSocket.bind('relative'), false],
        [FdSocket.connect(served.path, { type: 'datagram' }), false],
      ];
      for (const [client, answered] of clients) {
        const packet = Uint8Array.of(3, ...new Uint8Array(23));
        if (client.localAddress.kind === 'unnamed') client.send(packet);
        else client.sendTo(served.path, packet);
        const count = served.audit.length;
        await served.handled(count + 1);
        const expected = answered ? { type: 'err', errno: 2 } : undefined;
        assert.equal(await heard(client), expected, client.what);
        client.close();
      }
    } finally {
      process.chdir(here);
    }
  });
});

test('datagrams: replies that nobody reads are dropped, and others are served', async () => {
  using served = new Served({ serve: { type: 'datagram' } });
  const deaf = FdSocket.bind();
  for (let sent = 0; sent < 60; sent++) {
    deaf.sendTo(served.path, Uint8Array.of(3, ...new Uint8Array(23)));
    await served.handled(sent + 1);
  }
  using client = await ControlClient.connect(served.path);
  assert.is(await outcome(client.call(anything)), 'refused ENOENT');
  let replies = 0;
  while (tryReceiveOn(vmResponses, deaf) !== undefined) replies++;
  assert.ok(replies > 0 && replies < 60, `${replies} replies`);
  deaf.close();
});

test('datagrams: nonsense is answered EPROTO under strict, and with silence under crosvm2018', async () => {
  for (const policy of ['strict', 'crosvm2018'] as const) {
    await leavesNothingOpen(async () => {
      using served = new Served({ serve: { type: 'datagram' }, execute: { policy } });
      using memory = SharedMemory.create({ name: 'shared', size: 4096 });
      using client = FdSocket.connect(served.path, { type: 'datagram', autobind: true });
      const packets: readonly (readonly [Uint8Array, readonly SharedMemory[]])[] = [
        [new Uint8Array(), []],
        [new Uint8Array(23), []],
        [new Uint8Array(24).fill(9), []],
        [new Uint8Array(24).fill(9), [memory, memory]],
      ];
      for (const [bytes, fds] of packets) {
        client.send(bytes, fds);
        const expected = policy === 'strict' ? { type: 'err', errno: 71 } : undefined;
        assert.equal(await heard(client), expected);
      }
      assert.is(served.audit.length, packets.length);
    });
  }
});

test('an automatic name is as open to anyone as an abstract one', () => {
  using served = new Served();
  using socket = FdSocket.bind();
  const [unnamed] = socketPair().map((end) => {
    const { localAddress } = end;
    end.close();
    return localAddress;
  });
  for (const address of [unnamed, socket.localAddress]) {
    if (address === undefined) continue;
    assert.is(
      refusal(() => served.server.listen(address)),
      'EPERM',
    );
  }
});

test('an audit that throws is a fault, and its client is answered', async () => {
  const faults: unknown[] = [];
  using vm = new SimulatedVm();
  using context = new ExecuteContext(vm);
  using server = new ControlServer(context, {
    audit: () => {
      throw new Error('disk full');
    },
    onFault: (error) => faults.push(error),
  });
  const [mine, theirs] = socketPair('seqpacket');
  server.attach(mine);
  using client = ControlClient.on(theirs);
  assert.is(await outcome(client.call(anything)), 'refused ENOENT');
  assert.match(String(faults[0]), /disk full/);
});

test('a server that can’t listen leaves nothing behind', async () => {
  await leavesNothingOpen(() => {
    using served = new Served();
    const path = join(served.folder, 'other');
    for (const [options, code] of [
      [{ type: 'stream' as never }, 'EINVAL'],
      [{ backlog: -1 }, 'EINVAL'],
      [{ access: { mode: 0o1777 } }, 'EINVAL'],
      [{ access: { uids: [-1] } }, 'EINVAL'],
      [{ access: { uids: [0.5] } }, 'EINVAL'],
    ] as const) {
      assert.is(
        refusal(() => served.server.listen(path, options)),
        code,
      );
      assert.is(existsSync(path), false);
    }
    assert.is(
      refusal(() => served.server.listen(served.path)),
      'EADDRINUSE',
    );
  });
});

test.run();
