/** A vCPU in a thread of its own: kick, pause, resume, stop, join, calls, messages, and each failure. */
import { Worker } from 'node:worker_threads';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { StructValueError } from '../../native/struct.js';
import { SystemError } from '../../runtime/errors.js';
import { KickWords } from '../../runtime/kvm/kick.js';
import { SlotTable } from '../../runtime/kvm/slots.js';
import {
  VcpuError,
  VcpuHandle,
  type VcpuHandleOptions,
} from '../../runtime/machine/vcpu-handle.js';
import type { VcpuStart } from '../../runtime/machine/vcpu-messages.js';
import { EventFd } from '../../runtime/memory/eventfd.js';
import { GuestMemory } from '../../runtime/memory/guest-memory.js';
import { leavesNothingOpen } from '../control/open-resources.js';
import { kvmMissing } from '../control/targets.js';
import { refusal } from '../memory/refusal.js';
import { testIf } from '../skip.js';
import { Guest, hlt, load, spin } from './guests.js';

const test = suite('VcpuHandle');
const missing = kvmMissing();

const probe = new URL('./devices/probe.js', import.meta.url);
const broken = new URL('./devices/broken.js', import.meta.url);

/** `out 0x700, value`, with dx loaded by `atProbe`. */
const out = (value: number): string => `b0${value.toString(16).padStart(2, '0')}ee`;
const atProbe = load(2, 0x700n);

/** Starts a guest, and counts what is open before and after: threads, descriptors, mappings. */
function onThread(
  name: string,
  program: string,
  options: VcpuHandleOptions,
  run: (handle: VcpuHandle, guest: Guest) => Promise<void>,
): void {
  testIf(test, missing, name, async () => {
    await leavesNothingOpen(async () => {
      using guest = new Guest();
      const handle = VcpuHandle.start(guest.vcpu(program), options);
      try {
        await run(handle, guest);
      } finally {
        await handle[Symbol.asyncDispose]();
      }
    });
  });
}

async function code(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof SystemError || error instanceof VcpuError) return error.code;
    throw error;
  }
  return 'no error';
}

/** Messages in the order in which they come. */
class Inbox {
  readonly #messages: unknown[] = [];
  #waiter: (() => void) | undefined;

  readonly take = (message: unknown): void => {
    this.#messages.push(message);
    this.#waiter?.();
  };

  async next(): Promise<unknown> {
    while (this.#messages.length === 0) {
      await new Promise<void>((resolve) => {
        this.#waiter = resolve;
      });
    }
    return this.#messages.shift();
  }
}

onThread('ends with the exit that no device answers', hlt, {}, async (handle) => {
  assert.equal(await handle.join(), { reason: 'hlt' });
  assert.is(handle.state, 'ended');
  assert.equal(await handle.stop(), { reason: 'hlt' }, 'stopping it later changes nothing');
  handle.kick();
  handle.post('nobody');
  handle.resume();
  assert.is(await code(handle.pause()), 'ESRCH');
  assert.is(await code(handle.call('getRegisters')), 'ESRCH');
});

onThread('stops a guest that never exits', spin, {}, async (handle) => {
  assert.equal(await handle.stop(), { reason: 'stopped' });
  assert.equal(await handle.join(), { reason: 'stopped' });
});

onThread('reads and writes registers while paused', `${spin}${hlt}`, {}, async (handle) => {
  assert.is(await code(handle.call('getRegisters')), 'EBUSY');
  await handle.pause();
  assert.is(handle.state, 'paused');
  await handle.pause();
  const registers = await handle.call('getRegisters');
  assert.is(registers.rip, 0x1000n);
  await handle.call('setRegisters', { ...registers, rip: 0x1002n, rbx: 5n });
  assert.is((await handle.call('getRegisters')).rbx, 5n);
  handle.resume();
  assert.equal(await handle.join(), { reason: 'hlt' });
});

onThread('calls nothing but the calls of a state', spin, {}, async (handle) => {
  await handle.pause();
  for (const name of ['close', 'run', 'detach', 'constructor', 'toString']) {
    // @ts-expect-error not a call of VcpuState
    const call: Promise<unknown> = handle.call(name);
    const error: unknown = await call.catch((reason: unknown) => reason);
    assert.ok(error instanceof TypeError, name);
  }
  const failure: unknown = await handle.call('setTscKhz', -1).catch((reason: unknown) => reason);
  assert.ok(failure instanceof Error && failure.message.includes('KVM_SET_TSC_KHZ'));
  assert.is((await handle.call('getRegisters')).rip, 0x1000n, 'it lives on');
});

test('a thread that can not map its vCPU leaves no memory behind', async () => {
  await leavesNothingOpen(async () => {
    using ram = GuestMemory.create([{ gpa: 0n, size: 8192 }]);
    using nothing = EventFd.create(); // it can't be mapped
    const start: VcpuStart = {
      id: 0,
      fd: nothing.fd,
      mmapSize: 4096,
      slots: new SlotTable(1).buffer,
      words: new KickWords().buffer,
      memory: ram.token(),
      devices: undefined,
      data: undefined,
      regularInterruptMs: 100,
    };
    const module = new URL('../../runtime/machine/vcpu-worker.js', import.meta.url);
    const worker = new Worker(module, { workerData: start });
    // Both at once: there may be no turn between them.
    const exit = new Promise((resolve) => worker.once('exit', resolve));
    const failure: unknown = await new Promise((resolve) => worker.once('error', resolve));
    assert.match(String(failure), /mmap vCPU: ENODEV/);
    await exit;
  });
});

onThread('what a call throws arrives whole', spin, {}, async (handle) => {
  await handle.pause();
  const refused = await handle.call('getMsrs', [0xdead_beef]).catch((reason: unknown) => reason);
  assert.ok(refused instanceof SystemError);
  const { errno, operation, subject } = refused;
  assert.equal(
    [refused.code, errno, operation, subject],
    ['EINVAL', 22, 'KVM_GET_MSRS', 'MSR 0xdeadbeef'],
  );
  const unfit = await handle
    .call('setMsrs', [{ index: 1.5, data: 0n }])
    .catch((reason: unknown) => reason);
  assert.ok(unfit instanceof StructValueError);
  assert.equal([unfit.code, unfit.errno], ['EINVAL', 22]);
  assert.is(unfit.message, 'kvm_msr_entry.index: 1.5 does not fit');
});

onThread('a pause that crosses a resume holds', spin, {}, async (handle) => {
  for (let round = 0; round < 200; round++) {
    const first = handle.pause();
    const second = handle.pause();
    await Promise.all([first, second]);
    assert.is(handle.state, 'paused');
    handle.kick();
    handle.resume();
    assert.is(handle.state, 'running');
    await handle.pause();
    await handle.call('getMpState');
    assert.is(handle.state, 'paused');
    handle.resume();
    // The kick's message and what crossed it must not leave it paused.
    handle.kick();
  }
});

onThread('stops while it is paused', spin, {}, async (handle) => {
  await handle.pause();
  assert.equal(await handle.stop(), { reason: 'stopped' });
});

onThread('stops before its thread has begun', spin, { devices: probe }, async (handle) => {
  assert.is(handle.state, 'starting');
  assert.equal(await handle.stop(), { reason: 'stopped' });
});

onThread('pauses before its thread has begun', `${spin}`, { devices: probe }, async (handle) => {
  await handle.pause();
  assert.is((await handle.call('getRegisters')).rip, 0x1000n);
});

const inbox = new Inbox();
const talking = { devices: probe, data: { speed: 3 }, onMessage: inbox.take };

onThread('devices get data, RAM and the vCPU, and are posted to', '', talking, async () => {
  using guest = new Guest();
  guest.ram.writeUint8(0x2000n, 0x42);
  // post; then wait until a message has come: in al, dx; test al, al; jz; post; hlt
  const vcpu = guest.vcpu(`${atProbe}${out(1)} ec84c074fb ${out(9)} ${hlt}`);
  const handle = VcpuHandle.start(vcpu, talking);
  const first = await inbox.next();
  assert.equal(first, { data: { speed: 3 }, ram: 0x42, rip: 0x100dn });
  handle.post('hello');
  assert.equal(await inbox.next(), { heard: 'hello' });
  assert.equal(await inbox.next(), { value: 9 });
  assert.equal(await handle.join(), { reason: 'hlt' });
});

async function fails(handle: VcpuHandle, message: RegExp): Promise<void> {
  const error: unknown = await handle.join().catch((reason: unknown) => reason);
  assert.instance(error, VcpuError);
  if (error instanceof VcpuError) {
    assert.is(error.vcpu, 0);
    assert.match(error.message, message);
  }
  assert.is(handle.state, 'ended');
}

const breaking = `${atProbe}${out(2)}${spin}`;
onThread('a device that throws', breaking, { devices: probe }, async (handle) => {
  await fails(handle, /vCPU 0 failed: the device broke/);
});

const leaving = `${atProbe}${out(3)}${spin}`;
onThread('a device that exits its thread', leaving, { devices: probe }, async (handle) => {
  await fails(handle, /exited with status 7/);
});

const nowhere = new URL('./devices/nowhere.js', import.meta.url);
onThread('a module that does not exist', spin, { devices: nowhere }, async (handle) => {
  await fails(handle, /nowhere\.js/);
});

onThread('a module that makes no bus', spin, { devices: broken }, async (handle) => {
  await fails(handle, /must be a function that returns a DeviceBus/);
});

onThread('a pause that the end overtakes', spin, {}, async (handle) => {
  const end = handle.stop();
  assert.is(await code(handle.pause()), 'ESRCH');
  assert.equal(await end, { reason: 'stopped' });
});

testIf(test, missing, 'devices that are no URL are refused before anything starts', () => {
  using guest = new Guest();
  using vcpu = guest.vcpu(hlt);
  for (const devices of ['./devices/probe.js', { href: probe.href }] as unknown[] as URL[]) {
    assert.is(
      refusal(() => VcpuHandle.start(vcpu, { devices })),
      'EINVAL',
    );
  }
  assert.equal(vcpu.run(), { reason: 'hlt' });
});

testIf(test, missing, 'data that can’t be cloned', async () => {
  await leavesNothingOpen(() => {
    using guest = new Guest();
    const vcpu = guest.vcpu(spin);
    assert.throws(() => VcpuHandle.start(vcpu, { data: () => {} }), /could not be cloned/);
    assert.is(vcpu.closed, true);
    assert.is(
      refusal(() => VcpuHandle.start(vcpu)),
      'EBADF',
    );
  });
});

testIf(test, missing, 'the VM can’t be closed before it ends', async () => {
  await leavesNothingOpen(async () => {
    using guest = new Guest();
    const vcpu = guest.vcpu(spin);
    const handle = VcpuHandle.start(vcpu);
    assert.is(
      refusal(() => vcpu.run()),
      'EBADF',
      'it runs elsewhere',
    );
    assert.is(
      refusal(() => guest.vm.close()),
      'EBUSY',
    );
    assert.is(
      refusal(() => guest.ram.close()),
      'EBUSY',
    );
    await handle.stop();
    guest.vm.close();
  });
});

testIf(test, missing, 'two vCPUs share memory, and each its own thread', async () => {
  await leavesNothingOpen(async () => {
    using guest = new Guest();
    const rounds = 2000n;
    // lock inc qword [0x3000]; dec rcx; jnz
    const count = `${load(1, rounds)} f048ff042500300000 48ffc9 75f2 ${hlt}`;
    const handles = [0, 1].map((id) =>
      VcpuHandle.start(guest.vcpu(count, { id, at: 0x1000n + BigInt(id) * 0x1000n })),
    );
    const ends = await Promise.all(handles.map((handle) => handle.join()));
    assert.equal(ends, [{ reason: 'hlt' }, { reason: 'hlt' }]);
    assert.is(guest.ram.readBigUint64(0x3000n), 2n * rounds);
  });
});

test.run();
