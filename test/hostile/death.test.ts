/** Clients and servers that are killed. */
import { existsSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { VmControlError } from '../../generated/vm_control/vm_control.js';
import { ControlClient } from '../../runtime/control/client.js';
import { FdSocket } from '../../runtime/sockets/fd-socket.js';
import { kill, startClient } from './remote-client.js';
import { RemoteServer } from './remote-server.js';

const test = suite('death');
test('a client is killed at every stage of a conversation', async () => {
  using server = await RemoteServer.start();
  using client = await ControlClient.connect(server.path);
  await client.balloonAdjust(1);
  const before = await server.counts();
  let registered = 0;
  // Memory outlives the connection that registered it.
  for (const [stage, slots] of [
    ['connected', 0],
    ['asked', 1],
    ['registered', 1],
    ['unregistered', 0],
  ] as const) {
    await kill(await startClient(server, stage));
    registered += slots;
    await server.until(
      `one client and ${registered} slots after ${stage}`,
      ({ clients, slots: now, descriptors }) =>
        clients === 1 && now === registered && descriptors === before.descriptors,
    );
    await client.balloonAdjust(1);
  }
  for (let slot = 1; slot <= registered; slot++) await client.unregisterMemory(slot);
  const { mappings, slots } = await server.counts();
  assert.equal({ mappings, slots }, { mappings: before.mappings, slots: 0 });
});

test('a server is killed while a client waits: a typed error, long before the time-out', async () => {
  using server = await RemoteServer.start();
  using client = await ControlClient.connect(server.path, { timeoutMs: 60_000 });
  await client.balloonAdjust(1);
  // Stopped, it reads nothing: the request waits.
  server.kill('SIGSTOP');
  const answer = client.balloonAdjust(1).catch((error: unknown) => error);
  server.kill('SIGKILL');
  const error = await answer;
  assert.instance(error, VmControlError);
  assert.ok(
    error instanceof VmControlError && error.kind === 'recv' && error.code === 'ECONNRESET',
  );
  assert.is(client.closed, true);
  const again = await client.balloonAdjust(1).catch((reason: unknown) => String(reason));
  assert.match(String(again), /EBADF/);
  // It could not remove its file; the next server replaces it, once the kernel has closed the socket.
  await server.ended();
  assert.ok(existsSync(server.path));
  FdSocket.listen(server.path).close();
});

test.run();
