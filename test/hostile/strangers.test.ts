/** Memory and files of strangers: taken away while it is mapped, or blocking on every call. */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { constants, existsSync, mkdirSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ftruncate } from '../../native/memory.js';
import { ControlClient } from '../../runtime/control/client.js';
import { VmRefusedError } from '../../runtime/control/refusal.js';
import { SystemError } from '../../runtime/errors.js';
import { SharedMemory } from '../../runtime/memory/shared-memory.js';
import { testIf } from '../skip.js';
import { RemoteServer } from './remote-server.js';

const test = suite('memory and files of strangers');

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

/** Why there can be no FUSE file system here, or undefined. */
function fuseMissing(): string | undefined {
  if (!existsSync('/dev/fuse')) return 'no /dev/fuse';
  if (process.geteuid?.() !== 0) return 'only root may mount';
  if (spawnSync('gcc', ['--version']).status !== 0) return 'no gcc';
  const folder = mkdtempSync(join(tmpdir(), 'vmwire-fuse-'));
  // A container may have the device, and yet not the right to mount: the program says so and ends.
  const probe = spawnSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', 'none', folder]);
  rmSync(folder, { recursive: true });
  return probe.status === 0 ? undefined : 'mounting is not permitted';
}

testIf(
  test,
  fuseMissing(),
  'a file system that blocks on every call never stalls the server',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'vmwire-fuse-'));
    const program = join(folder, 'blocking-fuse');
    const source = fileURLToPath(new URL('../../../test/hostile/blocking-fuse.c', import.meta.url));
    execFileSync('gcc', ['-O1', '-o', program, source]);
    const mountPoint = join(folder, 'mount');
    mkdirSync(mountPoint);
    const daemon = spawn(program, [mountPoint], { stdio: ['ignore', 'pipe', 'inherit'] });
    try {
      await once(daemon.stdout, 'data');
      using server = await RemoteServer.start();
      using hostile = await ControlClient.connect(server.path, { timeoutMs: 5_000 });
      using client = await ControlClient.connect(server.path, { timeoutMs: 5_000 });
      await client.balloonAdjust(1);
      const before = await server.counts();
      // No process may be started from here on: a fork closes its copy, and blocks.
      const fd = openSync(join(mountPoint, 'file'), constants.O_RDWR);
      for (let count = 0; count < 50; count++) {
        const refusal = await hostile.registerMemory({ fd }, 4096).catch((error: unknown) => error);
        assert.ok(refusal instanceof VmRefusedError && refusal.code === 'EINVAL', String(refusal));
        await client.balloonAdjust(1);
      }
      // They wait in the thread pool, two at a time, and the server does not.
      assert.ok((await server.counts()).descriptors > before.descriptors);
      daemon.kill('SIGKILL');
      await server.until('as before', ({ descriptors }) => descriptors === before.descriptors);
    } finally {
      daemon.kill('SIGKILL');
      spawnSync('umount', ['-l', mountPoint]);
      rmSync(folder, { recursive: true });
    }
  },
);

test.run();
