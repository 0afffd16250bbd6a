/** Machines and their monitor: a guest that prints, every way to end, and nothing left open. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ControlClient } from '../../runtime/control/client.js';
import { SimulatedVm } from '../../runtime/vm/simulated.js';
import { whatIsOpen } from '../../runtime/demo/what-is-open.js';
import { BalloonDevice, BalloonSocket } from '../../runtime/control/balloon-socket.js';
import { SystemError } from '../../runtime/errors.js';
import { EventFd } from '../../runtime/memory/eventfd.js';
import { SharedMemory } from '../../runtime/memory/shared-memory.js';
import { socketPair } from '../../runtime/sockets/fd-socket.js';
import { Machine } from '../../runtime/machine/machine.js';
import { Vmm } from '../../runtime/vmm/vmm.js';
import { leavesNothingOpen } from '../control/open-resources.js';
import { kvmMissing } from '../control/targets.js';
import { testIf } from '../skip.js';

const test = suite('machines and their monitor');
const missing = kvmMissing();

/** `mov dx, 0x3f8; mov al, 'H'; out dx, al; mov al, 'i'; out dx, al`, and then `last`. */
const printsHi = (...last: readonly number[]): Uint8Array =>
  Uint8Array.of(0x66, 0xba, 0xf8, 0x03, 0xb0, 0x48, 0xee, 0xb0, 0x69, 0xee, ...last);
const loopForEver = [0xeb, 0xfe] as const;
/** An exception without a handler, and none for that either: a triple fault. */
const invalidInstruction = [0x0f, 0x0b] as const;

function temporary(): { readonly socket: string } & Disposable {
  const folder = mkdtempSync(join(tmpdir(), 'vmwire-vmm-'));
  return {
    socket: join(folder, 'vm.sock'),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true }),
  };
}

testIf(test, missing, 'a guest prints, and ends in a triple fault', async () => {
  await leavesNothingOpen(async () => {
    const printed: number[] = [];
    const image = printsHi(...invalidInstruction);
    const machine = Machine.boot({ image, onSerial: (bytes) => printed.push(...bytes) });
    assert.equal(await machine.join(), { reason: 'shutdown' });
    assert.is(Buffer.from(printed).toString(), 'Hi');
    await machine.close();
    await machine.close();
  });
});

testIf(test, missing, 'closing a machine while it starts or runs leaves nothing open', async () => {
  const image = printsHi(...loopForEver);
  await Machine.boot({ image }).close();
  for (const milliseconds of [0, 1, 5, 20, 40, 80]) {
    const before = whatIsOpen();
    const machine = Machine.boot({ image });
    await pause(milliseconds);
    await machine.close();
    assert.equal(whatIsOpen(), before, `closed after ${milliseconds} ms`);
  }
});

testIf(
  test,
  missing,
  'an image that does not fit into RAM is refused, and leaves nothing',
  async () => {
    await leavesNothingOpen(() => {
      for (const image of [new Uint8Array(2 << 20), new Uint8Array((1 << 20) - 4096)]) {
        try {
          Machine.boot({ image });
          assert.unreachable();
        } catch (error) {
          assert.ok(error instanceof SystemError);
          assert.is(error.code, 'EFAULT');
        }
      }
    });
  },
);

testIf(test, missing, 'the monitor of a real machine: clients, balloon, exit', async () => {
  await leavesNothingOpen(async () => {
    using folder = temporary();
    using memory = SharedMemory.create({ size: 8192 });
    const adjusted: number[] = [];
    const vmm = new Vmm(Machine.boot({ image: printsHi(...loopForEver) }), {
      onBalloon: (pages) => adjusted.push(pages),
    });
    vmm.server.listen(folder.socket);
    using client = await ControlClient.connect(folder.socket);
    assert.equal(await client.registerMemory(memory), {
      type: 'registerMemory',
      pfn: 1n << 26n,
      slot: 1,
    });
    await client.balloonAdjust(7);
    await client.balloonAdjust(-3);
    await client.exit();
    assert.equal(await vmm.ended, { reason: 'exitRequested' });
    assert.equal(adjusted, [7, -3]);
    await vmm.close();
    await vmm.close();
  });
});

testIf(test, missing, 'a guest that ends by itself ends its monitor', async () => {
  const vmm = new Vmm(Machine.boot({ image: printsHi(...invalidInstruction) }));
  assert.equal(await vmm.ended, { reason: 'shutdown' });
  await vmm.close();
});

testIf(test, missing, "devices that can't be loaded are told as the end", async () => {
  await leavesNothingOpen(async () => {
    const devices = { devices: new URL('file:///nonexistent/devices.js') };
    const vmm = new Vmm(Machine.boot({ image: printsHi(...loopForEver), devices }));
    try {
      await vmm.ended;
      assert.unreachable();
    } catch (error) {
      assert.ok(error instanceof Error);
      assert.match(error.message, /^vCPU 0 failed: .*nonexistent/);
    }
    await vmm.close();
  });
});

test('the monitor of a simulated machine', async () => {
  await leavesNothingOpen(async () => {
    using folder = temporary();
    const vmm = new Vmm(new SimulatedVm(), { execute: { limits: { slots: 1 } } });
    vmm.server.listen(folder.socket);
    using client = await ControlClient.connect(folder.socket);
    using memory = SharedMemory.create({ size: 4096 });
    await client.registerMemory(memory);
    try {
      await client.registerMemory(memory);
      assert.unreachable();
    } catch (error) {
      assert.is(error instanceof Error && Reflect.get(error, 'code'), 'ENOSPC');
    }
    await client.exit();
    assert.equal(await vmm.ended, { reason: 'exitRequested' });
    await vmm.close();
    assert.equal(vmm.context.memory.usage, { bytes: 0n, slots: 0 });
  });
});

/** The code of the error that a promise is rejected with. */
function codeOf(promise: Promise<bigint>): Promise<unknown> {
  return promise.then(String, (error: unknown) => error instanceof SystemError && error.code);
}

test('a monitor that is told nonsense leaves nothing open', async () => {
  await leavesNothingOpen(async () => {
    using vm = new SimulatedVm();
    for (const options of [{ maxClients: 0 }, { execute: { limits: { slots: -1 } } }]) {
      assert.throws(() => new Vmm(vm, options), /EINVAL/);
    }
  });
});

test("a balloon's device outlives the other end, and ignores what is no adjustment", async () => {
  await leavesNothingOpen(async () => {
    const [vmEnd, deviceEnd] = socketPair('seqpacket');
    const adjusted: number[] = [];
    const device = new BalloonDevice(deviceEnd, (pages) => adjusted.push(pages));
    const balloon = new BalloonSocket(vmEnd);
    balloon.adjust(2 ** 31 - 1);
    vmEnd.send(Uint8Array.of(1, 2, 3));
    balloon.adjust(-(2 ** 31));
    vmEnd.close();
    for (const deadline = Date.now() + 5_000; adjusted.length < 2;) {
      assert.ok(Date.now() < deadline);
      await pause(1);
    }
    device.close();
    device.close();
    assert.equal(adjusted, [2 ** 31 - 1, -(2 ** 31)]);
  });
});

test("a balloon's device that closes at once has received what was sent", () => {
  const [vmEnd, deviceEnd] = socketPair();
  const adjusted: number[] = [];
  const device = new BalloonDevice(deviceEnd, (pages) => adjusted.push(pages));
  const balloon = new BalloonSocket(vmEnd);
  balloon.adjust(5);
  balloon.adjust(-6);
  device.close();
  vmEnd.close();
  assert.equal(adjusted, [5, -6]);
});

test('an eventfd wakes whoever waits, in turn, and tells them when it closes', async () => {
  const event = EventFd.create({ semaphore: true });
  const both = Promise.all([event.readAsync(), event.readAsync({ timeoutMs: 5_000 })]);
  event.write(2n);
  assert.equal(await both, [1n, 1n]);
  assert.is(await codeOf(event.readAsync({ timeoutMs: 1 })), 'ETIMEDOUT');
  const waiting = codeOf(event.readAsync());
  event.close();
  assert.is(await waiting, 'ECANCELED');
  assert.is(await codeOf(event.readAsync()), 'EBADF');
});

test('a simulated VM that is closed has ended, as a real one has', async () => {
  const vmm = new Vmm(new SimulatedVm());
  await vmm.close();
  assert.equal(await Promise.race([vmm.ended, pause(500, 'never')]), { reason: 'stopped' });
});

// As plain JavaScript can call them.
const construct: (machine: never) => unknown = (machine) => new Vmm(machine);
const boot: (options: never) => unknown = (options) => Machine.boot(options);

test('what is no machine or no image is EINVAL', async () => {
  await leavesNothingOpen(() => {
    for (const call of [
      () => construct({} as never),
      () => construct('vm' as never),
      () => boot({} as never),
      () => boot({ image: 'eb fe' } as never),
      () => boot({ image: [0xeb, 0xfe] } as never),
      () => boot({ image: new Uint16Array(1) } as never),
    ]) {
      assert.throws(
        call,
        (error: unknown) => error instanceof SystemError && error.code === 'EINVAL',
      );
    }
  });
});

test.run();
