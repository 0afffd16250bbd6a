/** Memory of strangers: taken away while it is mapped. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ftruncate } from '../../native/memory.js';
import { ControlClient } from '../../runtime/control/client.js';
import { VmRefusedError } from '../../runtime/control/refusal.js';
import { SystemError } from '../../runtime/errors.js';
import { SharedMemory } from '../../runtime/memory/shared-memory.js';
import { RemoteServer } from './remote-server.js';

const test = suite('memory of strangers');

type Damage = (memory: SharedMemory) => void;

const damages: Readonly<Record<string, Damage>> = {
  truncated: (memory) => assert.is(ftruncate(memory.fd, 0), 0),
  punched: (memory) => memory.punchHole(0, 8192),
  resealed: (memory) => memory.addSeals({ shrink: true, grow: true, seal: true }),
  closed: (memory) => memory.close(),
};

for (const backing of ['memfd', 'any'] as const) {
  test(`backing ${backing}: memory that its owner damages is unregistered all the same`, async () => {
    using server = await RemoteServer.start({ backing });
    using client = await ControlClient.connect(server.path);
    await client.balloonAdjust(1);
    const before = await server.counts();
    for (const [name, damage] of Object.entries(damages)) {
      using memory = SharedMemory.create({ name, size: 8192, seals: {} });
      const { slot } = await client.registerMemory(memory);
      assert.is((await server.counts()).mappings, before.mappings + 1, name);
      damage(memory);
      await client.balloonAdjust(1);
      await client.unregisterMemory(slot);
      const { mappings, descriptors } = await server.counts();
      assert.equal([mappings, descriptors], [before.mappings, before.descriptors], name);
    }
  });
}

test('memory truncated before it is registered is refused, and truncated while mapped it is EFAULT', async () => {
  using server = await RemoteServer.start();
  using client = await ControlClient.connect(server.path);
  using memory = SharedMemory.create({ name: 'short', size: 8192, seals: {} });
  using mapping = memory.map();
  assert.is(ftruncate(memory.fd, 4096), 0);
  const refusal = await client.registerMemory(memory, 8192).catch((error: unknown) => error);
  assert.ok(refusal instanceof VmRefusedError && refusal.code === 'EINVAL', String(refusal));
  assert.throws(
    () => mapping.readUint32(4096),
    (error: unknown) => error instanceof SystemError && error.code === 'EFAULT',
  );
  assert.is(mapping.readUint32(0), 0);
});

test.run();
