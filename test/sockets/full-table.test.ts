/** A descriptor table that is full: typed errors, and everything closed. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { closeAll } from '../../runtime/descriptors/close-all.js';
import { SystemError } from '../../runtime/errors.js';
import { EventFd } from '../../runtime/memory/eventfd.js';
import { SharedMemory } from '../../runtime/memory/shared-memory.js';
import { FdSocket, socketPair } from '../../runtime/sockets/fd-socket.js';
import { bindTo, openSocket } from '../../runtime/sockets/open-socket.js';
import { UnixAddress } from '../../runtime/sockets/unix-address.js';
import { memfd } from '../control/memfd.js';
import { leavesNothingOpen } from '../control/open-resources.js';
import { prlimitMissing, withFullTable } from '../descriptors/full-table.js';
import { refusal } from '../memory/refusal.js';
import { testIf } from '../skip.js';

/** Whatever a call opens. */
interface Closable {
  close(): void;
}

const test = suite('a full descriptor table');
const folder = mkdtempSync(join(tmpdir(), 'vmwire-full-'));
const missing = prlimitMissing();

for (const type of ['datagram', 'seqpacket'] as const) {
  for (const [sent, room, free] of [
    [1, 1, 0],
    [2, 2, 0],
    [2, 2, 1],
    [253, 253, 100],
    [5, 253, 4],
  ] as const) {
    testIf(
      test,
      missing,
      `${type}: ${sent} descriptors, room for ${room}, ${free} free: EMFILE, and all are closed`,
      async () => {
        await leavesNothingOpen(() => {
          const [left, right] = socketPair(type);
          const memory = memfd(0n);
          left.send(Uint8Array.of(1), Array(sent).fill(memory));
          left.send(Uint8Array.of(2));
          withFullTable(free, () => {
            assert.is(
              refusal(() => right.recv(new Uint8Array(8), { maxFds: room })),
              'EMFILE',
            );
            // What was free is free again.
            const again = Array.from({ length: free }, () => memory.duplicate());
            assert.is(
              refusal(() => memory.duplicate()),
              'EMFILE',
            );
            closeAll(again);
          });
          // Only that packet is lost.
          const buffer = new Uint8Array(8);
          right.recv(buffer);
          assert.is(buffer[0], 2);
          memory.close();
          left.close();
          right.close();
        });
      },
    );
  }
}

testIf(test, missing, 'EMFILE is told from a surplus, also beside credentials', async () => {
  await leavesNothingOpen(() => {
    using server = FdSocket.bind(undefined, { credentials: true });
    using client = FdSocket.connect(server.localAddress, { type: 'datagram' });
    using memory = memfd(0n);
    const receive = (free: number): number => {
      client.send(Uint8Array.of(1), [memory, memory, memory]);
      const { fds, surplusFds } = withFullTable(free, () =>
        server.recv(new Uint8Array(8), { maxFds: 2 }),
      );
      const count = fds.length;
      closeAll(fds);
      assert.is(surplusFds, true);
      return count;
    };
    assert.is(receive(2), 2);
    assert.is(
      refusal(() => receive(1)),
      'EMFILE',
    );
  });
});

/** How a call ended: `opened`, or the code of its error. What it opened is closed. */
function codeOf(call: () => Closable | readonly Closable[]): string {
  try {
    for (const made of [call()].flat()) made.close();
    return 'opened';
  } catch (error) {
    if (error instanceof SystemError) return error.code;
    throw error;
  }
}

testIf(
  test,
  missing,
  'everything that opens something says EMFILE, and leaves nothing',
  async () => {
    const path = join(folder, 'socket');
    const name = join(folder, 'listener');
    await leavesNothingOpen(() => {
      using listener = FdSocket.listen(name);
      listener.setTimeouts({ receiveMs: 100 });
      using client = FdSocket.connect(name);
      using memory = memfd(0n);
      const calls: readonly (() => Closable | readonly Closable[])[] = [
        () => socketPair(),
        () => FdSocket.bind(),
        () => FdSocket.bind(path),
        () => FdSocket.listen(path, { access: { mode: 0o660 } }),
        () => FdSocket.connect(name),
        () => listener.accept(),
        () => memory.duplicate(),
        () => EventFd.create(),
        () => SharedMemory.create({ name: 'shared', size: 4096 }),
      ];
      // Calls that open several fail at each of them.
      for (let free = 0; free < 3; free++) {
        for (const call of calls) {
          const code = withFullTable(free, () => codeOf(call));
          assert.match(code, free === 0 ? /^EMFILE$/ : /^(EMFILE|opened)$/, String(call));
          assert.is(existsSync(path), false);
        }
      }
      assert.is(client.closed, false);
    });
  },
);

testIf(test, missing, 'a dead socket’s file stays if there is no descriptor to ask with', () => {
  const path = join(folder, 'stale');
  const socket = openSocket('seqpacket', path);
  assert.is(bindTo(socket.fd, UnixAddress.from(path)), 0);
  socket.close();
  // The socket and the lock, and none to ask with.
  const code = withFullTable(2, () => refusal(() => FdSocket.listen(path)));
  assert.is(code, 'EMFILE');
  assert.is(existsSync(path), true);
  FdSocket.listen(path).close();
});

test.after(() => rmSync(folder, { recursive: true }));

test.run();
