/** ioeventfds fired by a real guest, with every kind of datamatch, and irqfds that interrupt one. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Datamatch, IoeventAddress } from '../../runtime/vm/target.js';
import { EventFd } from '../../runtime/memory/eventfd.js';
import { SharedMemory } from '../../runtime/memory/shared-memory.js';
import { leavesNothingOpen } from '../control/open-resources.js';
import { kvmMissing } from '../control/targets.js';
import { refusal } from '../memory/refusal.js';
import { testIf } from '../skip.js';
import { Guest, hlt, load } from './guests.js';

const test = suite('events of a Vm');
const missing = kvmMissing();

const port = 0x600n;
const gpa = 0xd000_0000n;

/** `out dx, al / ax / eax`, or `mov [rdi], al / ax / eax / rax`, with a value in rax. */
const instructions = {
  pio: { 1: 'ee', 2: '66ef', 4: 'ef' },
  mmio: { 1: '8807', 2: '668907', 4: '8907', 8: '488907' },
} as const;

const prefix = load(2, port) + load(7, gpa);
const windows = [{ gpa, size: 4096n }];

interface Case {
  readonly space: 'pio' | 'mmio';
  readonly datamatch: Datamatch | undefined;
  readonly width: 1 | 2 | 4 | 8;
  readonly value: bigint;
  readonly fires: boolean;
}

function casesOf(space: 'pio' | 'mmio', widths: readonly (1 | 2 | 4 | 8)[]): Case[] {
  const value = 0x1122_3344_5566_7788n;
  return widths.flatMap((width) => {
    const wanted = BigInt.asUintN(width * 8, value);
    return [
      { space, datamatch: undefined, width, value, fires: true },
      { space, datamatch: { length: 0 }, width, value, fires: true },
      { space, datamatch: { length: width }, width, value, fires: true },
      { space, datamatch: { length: width, value: wanted }, width, value, fires: true },
      {
        space,
        datamatch: { length: width, value: wanted },
        width,
        value: value + 1n,
        fires: false,
      },
      { space, datamatch: { length: width === 1 ? 2 : 1 }, width, value, fires: false },
    ] as const;
  });
}

const cases = [...casesOf('pio', [1, 2, 4]), ...casesOf('mmio', [1, 2, 4, 8])];

for (const { space, datamatch, width, value, fires } of cases) {
  const match =
    datamatch === undefined
      ? 'none'
      : `${datamatch.length} bytes${datamatch.value === undefined ? '' : ' with a value'}`;
  const name = `${space}: ${width} bytes ${fires ? 'fire' : 'do not fire'} datamatch ${match}`;
  testIf(test, missing, name, () => {
    using guest = new Guest();
    using event = EventFd.create();
    const address = space === 'pio' ? IoeventAddress.pio(port) : IoeventAddress.mmio(gpa);
    // Reflect: the table of one space has no 8.
    const write = String(Reflect.get(instructions[space], width));
    guest.vm.registerIoevent(event, address, datamatch);
    using vcpu = guest.vcpu(`${prefix}${load(0, value)} ${write} ${write} ${hlt}`, { windows });
    const exit = vcpu.run();
    if (fires) {
      assert.equal(exit, { reason: 'hlt' });
      assert.is(event.read(), 2n);
    } else {
      assert.is(exit.reason, space === 'pio' ? 'io' : 'mmio');
      assert.is(event.read(), undefined);
    }
    guest.vm.unregisterIoevent(event, address, datamatch);
    assert.is(
      refusal(() => guest.vm.unregisterIoevent(event, address, datamatch)),
      'ENOENT',
    );
  });
}

testIf(test, missing, 'a removed ioeventfd lets the write leave the guest', () => {
  using guest = new Guest();
  using event = EventFd.create();
  const address = IoeventAddress.pio(port);
  using vcpu = guest.vcpu(`${prefix} ee ${hlt} ee ${hlt}`);
  guest.vm.registerIoevent(event, address);
  assert.equal(vcpu.run(), { reason: 'hlt' });
  guest.vm.unregisterIoevent(event, address);
  assert.is(vcpu.run().reason, 'io');
  assert.is(event.read(), 1n);
});

testIf(test, missing, 'ioeventfds that make no sense are refused', async () => {
  await leavesNothingOpen(() => {
    using guest = new Guest();
    using event = EventFd.create();
    using memory = SharedMemory.create({ size: 4096 });
    const { vm } = guest;
    const pio = IoeventAddress.pio(port);
    const refused = (address: IoeventAddress, datamatch?: Datamatch): string =>
      refusal(() => vm.registerIoevent(event, address, datamatch));
    vm.registerIoevent(event, pio, { length: 4, value: 1n });
    assert.is(refused(pio, { length: 4, value: 1n }), 'EEXIST');
    vm.registerIoevent(event, pio, { length: 4, value: 2n });
    assert.is(refused(pio, { length: 0, value: 1n }), 'EINVAL');
    // @ts-expect-error no such length
    assert.is(refused(pio, { length: 3 }), 'EINVAL');
    // @ts-expect-error no such length
    assert.is(refused(pio, { length: 1.5 }), 'EINVAL');
    assert.is(refused(pio, { length: 4, value: -1n }), 'EINVAL');
    assert.is(refused(IoeventAddress.mmio(2n ** 64n)), 'EINVAL');
    assert.is(refused(IoeventAddress.mmio(2n ** 64n - 1n), { length: 8 }), 'EINVAL', 'wraps');
    assert.is(
      refusal(() => vm.registerIoevent(memory, pio)),
      'EINVAL',
      'no eventfd',
    );
    assert.throws(() => vm.registerIoevent({ fd: Number.NaN }, pio), /kvm_ioeventfd.fd: NaN/);
    event.close();
    assert.is(refused(pio), 'EBADF');
  });
});

/**
 * A guest that counts interrupts of gsi 5 in [0x3000] and rings port 0x600 for each: it points gate
 * 0x25 at its handler, initialises the 8259, which forgets what was pending, rings once, and waits.
 */
const interrupted = [
  '48c7c0 00120000', // mov rax, 0x1200: the handler
  '4889fb', // mov rbx, rdi: the gate, loaded before
  '668903', // mov [rbx], ax
  '66c74302 0800', // mov word [rbx + 2], 8
  '66c74304 008e', // mov word [rbx + 4], 0x8e00
  '66c74306 0000',
  '48c74308 00000000',
  'b011 e620 b020 e621 b004 e621 b001 e621 b0df e621', // 8259: vectors from 0x20, all off but 5
  '66ba0006 ee', // mov dx, 0x600; out dx, al
  'fb f4 ebfd', // sti; hlt; jmp
].join('');

const handler = [
  '50 52', // push rax, rdx
  'f0ff042500300000', // lock inc dword [0x3000]
  'b020 e620', // end of interrupt
  '66ba0006 ee', // mov dx, 0x600; out dx, al
  '5a 58 48cf', // pop; iretq
].join('');

function interruptedGuest(guest: Guest): ReturnType<Guest['vcpu']> {
  guest.ram.write(0x1200n, Buffer.from(handler.replaceAll(' ', ''), 'hex'));
  const vcpu = guest.vcpu('');
  const { base } = vcpu.state.getSpecialRegisters().idt;
  guest.ram.write(
    0x1000n,
    Buffer.from(load(7, base + 0x250n) + interrupted.replaceAll(' ', ''), 'hex'),
  );
  runToRing(vcpu);
  return vcpu;
}

/** Runs until the guest rings: KVM delivers what is pending on the way. */
function runToRing(vcpu: ReturnType<Guest['vcpu']>): void {
  const exit = vcpu.run();
  assert.is(exit.reason, 'io');
  if (exit.reason === 'io') assert.is(exit.port, 0x600);
}

testIf(test, missing, 'an irqfd interrupts the guest', () => {
  using guest = new Guest({ irqchip: true });
  using event = EventFd.create();
  using vcpu = interruptedGuest(guest);
  guest.vm.registerIrqfd(event, 5);
  for (let count = 1; count <= 3; count++) {
    event.write();
    runToRing(vcpu);
    assert.is(guest.ram.readUint32(0x3000n), count);
  }
  guest.vm.unregisterIrqfd(event, 5);
  event.write();
  guest.vm.interrupts.setLine(5, true);
  guest.vm.interrupts.setLine(5, false);
  runToRing(vcpu);
  assert.is(guest.ram.readUint32(0x3000n), 4, 'by the line, not by the removed irqfd');
});

testIf(test, missing, 'an irqfd with resample says when the guest has acknowledged', () => {
  using guest = new Guest({ irqchip: true });
  using event = EventFd.create();
  using resample = EventFd.create();
  using vcpu = interruptedGuest(guest);
  guest.vm.registerIrqfd(event, 5, { resample });
  assert.is(resample.read(), undefined);
  event.write();
  runToRing(vcpu);
  assert.ok((resample.read() ?? 0n) >= 1n);
  guest.vm.unregisterIrqfd(event, 5);
});

testIf(test, missing, 'irqfds that make no sense are refused', async () => {
  await leavesNothingOpen(() => {
    using bare = new Guest();
    using guest = new Guest({ irqchip: true });
    using event = EventFd.create();
    using memory = SharedMemory.create({ size: 4096 });
    assert.is(
      refusal(() => bare.vm.registerIrqfd(event, 5)),
      'EINVAL',
      'no irqchip',
    );
    guest.vm.registerIrqfd(event, 5);
    assert.is(
      refusal(() => guest.vm.registerIrqfd(event, 5)),
      'EBUSY',
    );
    assert.is(
      refusal(() => guest.vm.registerIrqfd(memory, 6)),
      'EINVAL',
    );
    assert.is(
      refusal(() => guest.vm.registerIrqfd(event, -1)),
      'EINVAL',
    );
    assert.is(
      refusal(() => guest.vm.registerIrqfd(event, 2 ** 32)),
      'EINVAL',
    );
    using other = EventFd.create();
    assert.is(
      refusal(() => guest.vm.registerIrqfd(other, 6, { resample: memory })),
      'EINVAL',
    );
    guest.vm.unregisterIrqfd(event, 5);
    guest.vm.unregisterIrqfd(event, 5);
    guest.vm.registerIrqfd(event, 5);
  });
});

test.run();
