/** Memory of strangers: taken away while it is mapped. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { MFD_ALLOW_SEALING, MFD_CLOEXEC, ftruncate, memfd_create } from '../../native/memory.js';
import type { Descriptor } from '../../runtime/codec/index.js';
import { ControlClient } from '../../runtime/control/client.js';
import { ExecuteContext } from '../../runtime/control/context.js';
import { VmRefusedError } from '../../runtime/control/refusal.js';
import { ControlServer } from '../../runtime/control/server.js';
import { OwnedFd } from '../../runtime/descriptors/owned-fd.js';
import { SystemError } from '../../runtime/errors.js';
import { EventFd } from '../../runtime/memory/eventfd.js';
import { SharedMemory } from '../../runtime/memory/shared-memory.js';
import { type FdSocket, socketPair } from '../../runtime/sockets/fd-socket.js';
import { file, open } from '../control/memfd.js';
import { leavesNothingOpen } from '../control/open-resources.js';
import { kvmMissing } from '../control/targets.js';
import { Guest, hlt, load } from '../kvm/guests.js';
import { testIf } from '../skip.js';
import { RemoteServer } from './remote-server.js';

const test = suite('memory of strangers');

type Damage = (memory: SharedMemory) => void;

const damages = {
  truncated: (memory) => assert.is(ftruncate(memory.fd, 0), 0),
  grown: (memory) => assert.is(ftruncate(memory.fd, 1 << 20), 0),
  punched: (memory) => memory.punchHole(0, 8192),
  resealed: (memory) => memory.addSeals({ shrink: true, grow: true, seal: true }),
  closed: (memory) => memory.close(),
} satisfies Record<string, Damage>;

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

test('a size that changes all the time while it is registered: taken or refused, and never a trace', async () => {
  using server = await RemoteServer.start();
  using client = await ControlClient.connect(server.path);
  await client.balloonAdjust(1);
  const before = await server.counts();
  using memory = SharedMemory.create({ name: 'restless', size: 8192, seals: {} });
  const program = `const { ftruncateSync } = require('node:fs');
    process.stdout.write('ready');
    for (;;) { ftruncateSync(3, 0); ftruncateSync(3, 8192); }`;
  const owner = spawn(process.execPath, ['-e', program], {
    stdio: ['ignore', 'pipe', 'inherit', memory.fd],
  });
  try {
    await once(owner.stdout ?? owner, 'data');
    const outcomes = new Map<string, number>();
    const count = (outcome: string): Map<string, number> =>
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    for (let round = 0; round < 400; round++) {
      try {
        const { slot } = await client.registerMemory(memory, 8192);
        count('registered');
        await client.unregisterMemory(slot);
      } catch (error) {
        if (!(error instanceof VmRefusedError)) throw error;
        count(error.code);
      }
    }
    assert.equal([...outcomes.keys()].toSorted(), ['EINVAL', 'registered']);
  } finally {
    owner.kill('SIGKILL');
  }
  const { mappings, descriptors, slots } = await server.counts();
  assert.equal([mappings, descriptors, slots], [before.mappings, before.descriptors, 0]);
});

/** What a guest's read of the first byte ends in, for each kind of damage. */
const reads: Readonly<Record<string, readonly [damage: Damage, reason: string]>> = {
  nothing: [() => {}, 'hlt'],
  truncated: [damages.truncated, 'memoryFault'],
  grown: [damages.grown, 'hlt'],
  punched: [damages.punched, 'hlt'],
  closed: [damages.closed, 'hlt'],
};

for (const backing of ['memfd', 'any'] as const) {
  testIf(
    test,
    kvmMissing(),
    `backing ${backing}: what the guest sees of damaged memory`,
    async () => {
      await leavesNothingOpen(async () => {
        for (const [what, [damage, reason]] of Object.entries(reads)) {
          using guest = new Guest();
          using context = new ExecuteContext(guest.vm, { backing });
          using server = new ControlServer(context);
          const [mine, theirs] = socketPair('seqpacket');
          server.attach(mine);
          using client = ControlClient.on(theirs);
          using memory = SharedMemory.create({ name: what, size: 8192, seals: {} });
          const { pfn, slot } = await client.registerMemory(memory);
          damage(memory);
          using vcpu = guest.vcpu(`${load(7, pfn * 4096n)} 8a1f ${hlt}`); // mov bl, [rdi]
          assert.is(vcpu.run().reason, reason, what);
          await client.unregisterMemory(slot);
          assert.is(guest.vm.slotsInUse, 1, what);
        }
      });
    },
  );
}

/** linux/fcntl.h, linux/memfd.h */
const O_PATH = 0x20_0000;
const MFD_HUGETLB = 0x4;
const hugePage = 2 << 20;

function socket(): FdSocket {
  const [one, other] = socketPair('seqpacket');
  other.close();
  return one;
}

function fifo(): OwnedFd {
  const folder = mkdtempSync(join(tmpdir(), 'vmwire-fifo-'));
  try {
    execFileSync('mkfifo', [join(folder, 'fifo')]);
    return open(join(folder, 'fifo'));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test('descriptors that are no memfd are refused and closed, and others are served meanwhile', async () => {
  const strangers: Readonly<Record<string, () => Descriptor & Disposable>> = {
    pipe: fifo,
    socket,
    eventfd: () => EventFd.create(),
    '/dev/null': () => open('/dev/null'),
    O_PATH: () => open('/dev/null', O_PATH),
    directory: () => open('/', constants.O_RDONLY),
    'a file on a disk or tmpfs': () => file(constants.O_RDWR),
  };
  using server = await RemoteServer.start();
  using client = await ControlClient.connect(server.path);
  using polite = await ControlClient.connect(server.path);
  await client.balloonAdjust(1);
  await polite.balloonAdjust(1);
  const before = await server.counts();
  for (const [name, create] of Object.entries(strangers)) {
    using stranger = create();
    for (let round = 0; round < 5; round++) {
      const [refusal] = await Promise.all([
        client.registerMemory(stranger, 4096).catch((error: unknown) => error),
        polite.balloonAdjust(round),
      ]);
      assert.ok(
        refusal instanceof VmRefusedError && refusal.code === 'EINVAL',
        `${name}: ${String(refusal)}`,
      );
    }
  }
  const { mappings } = await server.until(
    'as before',
    ({ descriptors }) => descriptors === before.descriptors,
  );
  assert.is(mappings, before.mappings);
});

const hugeFd = memfd_create('huge', MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_HUGETLB);

testIf(
  test,
  hugeFd === -1 ? 'no huge pages' : undefined,
  'memory of huge pages is taken if there are enough of them, and else refused',
  async () => {
    using huge = OwnedFd.adopt(hugeFd, 'huge memfd');
    assert.is(ftruncate(huge.fd, hugePage), 0);
    using server = await RemoteServer.start();
    using client = await ControlClient.connect(server.path);
    await client.balloonAdjust(1);
    const before = await server.counts();
    try {
      const { slot } = await client.registerMemory(huge, hugePage);
      await client.unregisterMemory(slot);
    } catch (error) {
      assert.ok(error instanceof VmRefusedError && error.code === 'ENOMEM', String(error));
    }
    const { mappings, descriptors } = await server.counts();
    assert.equal([mappings, descriptors], [before.mappings, before.descriptors]);
  },
);

test.run();
