/** The bus: which device answers which addresses, alone and under a real guest. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type BusDevice, DeviceBus } from '../../runtime/devices/bus.js';
import { Serial } from '../../runtime/devices/serial.js';
import { runDevices } from '../../runtime/machine/run-devices.js';
import { kvmMissing } from '../control/targets.js';
import { Guest, hlt, load } from '../kvm/guests.js';
import { refusal } from '../memory/refusal.js';
import { testIf } from '../skip.js';

const test = suite('DeviceBus');
const missing = kvmMissing();

/** A device that writes down what reaches it. */
function recorder(name: string, log: string[]): BusDevice {
  return {
    read: (offset, data) => {
      log.push(`${name} reads ${data.length} at ${offset}`);
      data.fill(0x5a);
    },
    write: (offset, data) => {
      log.push(`${name} writes ${[...data].join(' ')} at ${offset}`);
    },
  };
}

test('finds the device of an address, whatever the order of adding', () => {
  const { pio } = new DeviceBus();
  const log: string[] = [];
  for (const start of [0x300, 0x100, 0x200, 0x108]) {
    pio.add(start, 8, recorder(start.toString(16), log));
  }
  for (const address of [0x100, 0x107, 0x108, 0x200, 0x307, 0x100]) {
    assert.is(pio.write(address, Uint8Array.of(1)), true);
  }
  assert.equal(log, [
    '100 writes 1 at 0',
    '100 writes 1 at 7',
    '108 writes 1 at 0',
    '200 writes 1 at 0',
    '300 writes 1 at 7',
    '100 writes 1 at 0',
  ]);
  for (const address of [0, 0xff, 0x110, 0x1ff, 0x208, 0x308, 0xffff]) {
    assert.is(pio.read(address, new Uint8Array(1)), false, address.toString(16));
  }
});

test('an access belongs to a device only as a whole', () => {
  const { mmio } = new DeviceBus();
  const log: string[] = [];
  mmio.add(0x1000n, 8, recorder('one', log));
  mmio.add(0x1008n, 8, recorder('two', log));
  assert.is(mmio.write(0x1004, new Uint8Array(4)), true);
  assert.is(mmio.write(0x1005, new Uint8Array(4)), false, 'runs into the next');
  assert.is(mmio.read(0x100d, new Uint8Array(4)), false, 'runs past the end');
  assert.is(log.length, 1);
});

test('a device may only read, or only write', () => {
  const { pio } = new DeviceBus();
  pio.add(1, 1, {});
  const data = new Uint8Array(1);
  assert.is(pio.read(1, data), true);
  assert.is(data[0], 0xff);
  assert.is(pio.write(1, data), true);
});

test('a removed device is found no more, even if it was the last', () => {
  const { pio } = new DeviceBus();
  pio.add(0x10, 4, {});
  assert.is(pio.read(0x10, new Uint8Array(1)), true);
  pio.remove(0x10);
  assert.is(pio.read(0x10, new Uint8Array(1)), false);
  assert.is(
    refusal(() => pio.remove(0x10)),
    'ENOENT',
  );
  pio.add(0x10, 4, {});
  assert.is(pio.read(0x13, new Uint8Array(1)), true);
});

test('ranges that overlap, or lie outside, are refused', () => {
  const { pio, mmio } = new DeviceBus();
  pio.add(0x100, 0x10, {});
  for (const [start, length] of [
    [0x100, 1],
    [0x10f, 1],
    [0xf8, 9],
    [0, 0x1_0000],
  ] as const) {
    assert.is(
      refusal(() => pio.add(start, length, {})),
      'EEXIST',
      start.toString(16),
    );
  }
  pio.add(0x110, 1, {});
  pio.add(0xff, 1, {});
  for (const [start, length] of [
    [-1, 1],
    [0x1_0000, 1],
    [0xffff, 2],
    [0x200, 0],
    [0x200, 1.5],
    [Number.NaN, 1],
  ] as const) {
    assert.is(
      refusal(() => pio.add(start, length, {})),
      'EINVAL',
      String(start),
    );
  }
  assert.is(
    refusal(() => mmio.add(2n ** 52n, 1, {})),
    'EINVAL',
  );
  mmio.add(2n ** 52n - 1n, 1, {});
});

testIf(test, missing, 'a guest prints, and reaches devices by port and by address', () => {
  const gpa = 0xd000_0000n;
  using guest = new Guest();
  const text = 'printed by rep outsb\n';
  guest.ram.write(0x2000n, Buffer.from(text));
  const code = [
    load(2, 0x3f8n) + load(6, 0x2000n) + load(1, BigInt(text.length)),
    'f36e', // rep outsb
    load(7, gpa),
    '8807 8b5f04', // mov [rdi], al; mov ebx, [rdi + 4]
    load(2, 0x999n),
    'ed 8907', // in eax, dx (nobody is there); mov [rdi], eax
    hlt,
  ].join('');
  using vcpu = guest.vcpu(code, { windows: [{ gpa, size: 4096n }] });
  const sent: number[] = [];
  const log: string[] = [];
  const bus = new DeviceBus();
  bus.pio.add(0x3f8, 8, new Serial({ output: (byte) => sent.push(byte) }));
  bus.mmio.add(gpa, 8, recorder('device', log));
  assert.equal(runDevices(vcpu, bus), { reason: 'hlt' });
  assert.is(Buffer.from(sent).toString(), text);
  assert.is(vcpu.state.getRegisters().rbx, 0x5a5a_5a5an);
  assert.equal(log, [
    'device writes 0 at 0',
    'device reads 4 at 4',
    'device writes 255 255 255 255 at 0',
  ]);
});

test.run();
