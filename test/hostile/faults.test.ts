/** Each foreign call of a conversation fails, one after another: a typed error, and nothing is left behind. */
// First: everything below declares its foreign functions through it.
import { declared, endOfFaults, failAfter, failed, faultCount } from './faults.js';
import { stat } from 'node:fs/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { VmControlError } from '../../generated/vm_control/vm_control.js';
import { type ErrnoName, errno } from '../../native/errno.js';
import { ControlClient } from '../../runtime/control/client.js';
import { VmRefusedError } from '../../runtime/control/refusal.js';
import { whatIsOpen } from '../../runtime/demo/what-is-open.js';
import { SystemError } from '../../runtime/errors.js';
import { IoeventAddress } from '../../runtime/vm/target.js';
import { EventFd } from '../../runtime/memory/eventfd.js';
import { MemoryMapping } from '../../runtime/memory/mapping.js';
import { SharedMemory } from '../../runtime/memory/shared-memory.js';
import { FdSocket, socketPair } from '../../runtime/sockets/fd-socket.js';
import { Served } from '../control/served.js';
import { kvmMissing, targets } from '../control/targets.js';
import { testIf } from '../skip.js';

const test = suite('foreign calls that fail');

const codes: readonly ErrnoName[] = ['ENOMEM', 'EMFILE'];

/** Functions that no scenario makes fail, and why. */
const leftOut: Readonly<Record<string, string>> = {
  gettid: 'never fails',
  tgkill: 'needs a vCPU thread, which declares its functions itself: test/kvm',
  sigaction: 'as tgkill',
  dlsym: 'as tgkill',
};

// Node's thread pool starts with its first task, and stays.
test.before(async () => {
  await stat('/');
});

const uncaught: unknown[] = [];
process.on('uncaughtException', (error) => uncaught.push(error));

/** Whether an error is one that our interface promises. */
function isTyped(error: unknown): boolean {
  return (
    error instanceof SystemError ||
    error instanceof VmControlError ||
    error instanceof VmRefusedError
  );
}

/** Registers, unregisters, adjusts: what must work before and after a fault. */
async function converse(path: string, timeoutMs = 5_000): Promise<void> {
  using client = await ControlClient.connect(path, { timeoutMs });
  using memory = SharedMemory.create({ name: 'fault', size: 8192 });
  const { slot } = await client.registerMemory(memory);
  await client.unregisterMemory(slot);
  await client.balloonAdjust(1);
}

type Scenario = (fault: () => void) => Promise<void>;

const scenarios: Readonly<Record<string, Scenario>> = {
  'a conversation': async (fault) => {
    for (const type of ['seqpacket', 'datagram'] as const) {
      using served = new Served({
        serve: { type },
        execute: { balloon: { adjust: () => {} } },
      });
      fault();
      let problem: unknown;
      await converse(served.path, 200).catch((error: unknown) => {
        problem = error;
      });
      // The fault is over: the same server serves the next client.
      if (endOfFaults() !== undefined) await converse(served.path);
      if (problem !== undefined) throw problem;
    }
  },
  'a server that starts': async (fault) => {
    fault();
    using served = new Served({ execute: { balloon: { adjust: () => {} } } });
    endOfFaults();
    await converse(served.path);
  },
  memory: async (fault) => {
    fault();
    using memory = SharedMemory.create({ name: 'fault', size: 8192, seals: {} });
    using mapping = memory.map();
    mapping.writeUint32(0, 7);
    assert.is(mapping.readUint32(0), 7);
    memory.punchHole(0, 4096);
    using sealed = SharedMemory.create({ name: 'fault', size: 8192 });
    using viewed = MemoryMapping.map(sealed, 8192);
    viewed.writeUint8(1, 1);
    using event = EventFd.create();
    event.write();
    assert.is(event.read(), 1n);
  },
  sockets: async (fault) => {
    fault();
    const [left, right] = socketPair('seqpacket');
    using ends = { [Symbol.dispose]: () => [left, right].forEach((end) => end.close()) };
    assert.ok(ends);
    using memory = SharedMemory.create({ name: 'fault', size: 4096 });
    left.setTimeouts({ sendMs: 1_000, receiveMs: 1_000 });
    left.send(Uint8Array.of(1), [memory]);
    const { fds } = right.recv(new Uint8Array(1), { maxFds: 1, dontWait: true });
    for (const fd of fds) fd.close();
    left.shutdown('write');
    assert.is(left.peerAddress.kind, 'unnamed');
    using bound = FdSocket.listen();
    using connected = FdSocket.connect(bound.localAddress);
    assert.is(connected.closed, false);
    bound.accept().close();
  },
};

/** Runs a scenario with a fault at each call, until there are no more calls. @returns how many faults */
async function exhaust(scenario: Scenario, code: ErrnoName): Promise<number> {
  // Whatever is opened once for the life of the process is open now, or threads for closing.
  await scenario(() => {});
  const before = whatIsOpen();
  for (let index = 0; ; index++) {
    let problem: unknown;
    await scenario(() => failAfter(index, errno[code])).catch((error: unknown) => {
      problem = error;
    });
    const name = endOfFaults();
    // The scenarios that end the fault themselves leave no name: the error, or its absence, tells.
    assert.ok(
      problem === undefined || isTyped(problem),
      `${code} at call ${index} (${name}): ${String(problem)}`,
    );
    assert.equal(uncaught.splice(0), [], `${code} at call ${index} (${name})`);
    // What could not be unmapped goes with the next mapping that closes.
    MemoryMapping.anonymous(4096).close();
    await settled(before, `${code} at call ${index} (${name})`);
    if (problem === undefined && !lastRunFailed()) return index;
  }
}

let failures = 0;

/** Whether a fault came since the last time that somebody asked. */
function lastRunFailed(): boolean {
  const now = faultCount();
  const changed = now !== failures;
  failures = now;
  return changed;
}

/** Waits until what was opened is closed, also by the thread pool. */
async function settled(before: ReturnType<typeof whatIsOpen>, what: string): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    if (JSON.stringify(whatIsOpen()) === JSON.stringify(before)) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  assert.equal(whatIsOpen(), before, what);
}

// First: a thread opens its event loop once.
test('an event loop that can not be opened', async () => {
  failAfter(0, errno.EMFILE, 'epoll_create1');
  assert.throws(() => new Served(), /EMFILE/);
  assert.is(endOfFaults(), 'epoll_create1');
  using served = new Served({ execute: { balloon: { adjust: () => {} } } });
  await converse(served.path);
});

for (const [name, scenario] of Object.entries(scenarios)) {
  for (const code of codes) {
    test(`${name}: ${code} at each call`, async () => {
      const faults = await exhaust(scenario, code);
      assert.ok(faults > 4, `${faults} faults`);
    });
  }
}

test('what the VM refuses is undone, and the next request works', async () => {
  using served = new Served();
  using client = await ControlClient.connect(served.path);
  using memory = SharedMemory.create({ name: 'fault', size: 8192 });
  const first = await client.registerMemory(memory);
  await client.unregisterMemory(first.slot);
  const before = whatIsOpen();
  for (const code of codes) {
    served.vm.failNext('addDeviceMemory', code);
    const refusal = await client.registerMemory(memory).catch((error: unknown) => error);
    assert.ok(refusal instanceof VmRefusedError && refusal.code === code, String(refusal));
    await settled(before, code);
    const again = await client.registerMemory(memory);
    assert.equal({ ...again }, { ...first });
    served.vm.failNext('removeDeviceMemory', code);
    const kept = await client.unregisterMemory(again.slot).catch((error: unknown) => error);
    assert.ok(kept instanceof VmRefusedError && kept.code === code, String(kept));
    await client.unregisterMemory(again.slot);
    await settled(before, code);
  }
});

test('a listener that epoll can not watch again tries later', async () => {
  const balloon = { adjust: () => {} };
  using served = new Served({ execute: { balloon }, maxClients: 1 });
  for (const before of [0, 1, 2, 3]) {
    const first = await ControlClient.connect(served.path);
    await first.balloonAdjust(1);
    // There is no room for this one: the listener is watched no more, until the first one leaves.
    using second = await ControlClient.connect(served.path);
    const answer = second.balloonAdjust(1).catch((error: unknown) => error);
    await new Promise((resolve) => setTimeout(resolve, 20));
    failAfter(before, errno.ENOSPC, 'epoll_ctl');
    first.close();
    await new Promise((resolve) => setTimeout(resolve, 20));
    endOfFaults();
    // ECONNRESET: it was let in, and could not be watched itself.
    const error = await answer;
    const isReset = error instanceof VmControlError && error.code === 'ECONNRESET';
    assert.ok(error === undefined || isReset, `${before}: ${String(error)}`);
    assert.equal(uncaught.splice(0), []);
    second.close();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
});

const [, kvm] = targets;
testIf(test, kvmMissing(), 'a VM on KVM: ENOMEM at each call', async () => {
  await exhaust(async (fault) => {
    using memory = SharedMemory.create({ name: 'fault', size: 8192 });
    using mapping = memory.map();
    using event = EventFd.create();
    fault();
    // Closed before the mapping, which its slot pins.
    using target = kvm?.create({ ramSize: 65_536, irqchip: true });
    if (target === undefined) throw new Error('no KVM');
    const slot = target.vm.addDeviceMemory(1n << 38n, mapping);
    target.vm.removeDeviceMemory(slot);
    target.vm.registerIoevent(event, IoeventAddress.pio(0x600n));
    target.vm.unregisterIoevent(event, IoeventAddress.pio(0x600n));
    target.vm.registerIrqfd(event, 4);
    target.vm.unregisterIrqfd(event, 4);
  }, 'ENOMEM');
});

test('every foreign function was made to fail, or is left out for a reason', () => {
  const missing = [...declared].filter((name) => !failed.has(name) && !(name in leftOut));
  assert.equal(missing, []);
});

test.run();
