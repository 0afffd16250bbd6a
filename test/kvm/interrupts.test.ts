/** Interrupts of a VM: controllers, timer, routes, lines, messages, and what concerns the VM as a whole. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Kvm } from '../../runtime/kvm/kvm.js';
import { VcpuHandle } from '../../runtime/machine/vcpu-handle.js';
import { EventFd } from '../../runtime/memory/eventfd.js';
import { kvmMissing } from '../control/targets.js';
import { refusal } from '../memory/refusal.js';
import { testIf } from '../skip.js';
import { Guest, hlt } from './guests.js';

const test = suite('interrupts of a Vm');
const missing = kvmMissing();

testIf(test, missing, 'what comes too early or too late is told what comes first', () => {
  using kvm = Kvm.open();
  using vm = kvm.createVm();
  using event = EventFd.create();
  const first = /make the interrupt controllers first/;
  assert.throws(() => vm.x86.createPit(), first);
  assert.throws(() => vm.x86.getIrqchip('ioapic'), first);
  assert.throws(() => vm.interrupts.setLine(5, true), first);
  assert.throws(() => vm.interrupts.signalMsi({ address: 0xfee0_0000n, data: 0x30 }), first);
  assert.throws(() => vm.registerIrqfd(event, 5), /needs interrupt controllers/);
  const vcpu = vm.createVcpu(0);
  assert.throws(() => vm.x86.createIrqchip(), /before the first vCPU is made\): EINVAL/);
  assert.throws(() => vm.x86.setBootCpuId(0), /before the first vCPU is made\): EBUSY/);
  assert.throws(() => vcpu.state.getLapic(), /interrupt controllers before this vCPU/);
  assert.throws(() => vcpu.state.setMpState('halted'), /interrupt controllers before this vCPU/);
  using late = kvm.createVm();
  late.x86.createIrqchip();
  assert.throws(() => late.x86.getPit(), /make the timer first/);
  assert.throws(() => late.createVcpu(0).state.interrupt(0x20), /raise a line with setLine/);
});

testIf(test, missing, 'controllers are created once, and before any vCPU', () => {
  using kvm = Kvm.open();
  using vm = kvm.createVm();
  const { interrupts, x86 } = vm;
  assert.is(
    refusal(() => x86.getIrqchip('ioapic')),
    'ENXIO',
  );
  assert.is(
    refusal(() => interrupts.setLine(5, true)),
    'ENXIO',
  );
  assert.is(
    refusal(() => x86.createPit()),
    'ENOENT',
  );
  assert.is(
    refusal(() => x86.getPit()),
    'ENXIO',
  );
  x86.createIrqchip();
  assert.is(
    refusal(() => x86.createIrqchip()),
    'EEXIST',
  );
  using late = kvm.createVm();
  late.createVcpu(0);
  assert.is(
    refusal(() => late.x86.createIrqchip()),
    'EINVAL',
  );
});

testIf(test, missing, 'the state of each controller is read and written', () => {
  using kvm = Kvm.open();
  using vm = kvm.createVm();
  vm.x86.createIrqchip();
  // struct kvm_pic_state: last_irr, irr, imr, isr, priority_add, irq_base
  for (const [chip, base] of [
    ['picMaster', 0x30],
    ['picSlave', 0x38],
  ] as const) {
    const state = vm.x86.getIrqchip(chip);
    assert.is(state.length, 512);
    state[2] = 0xfb;
    state[5] = base;
    vm.x86.setIrqchip(chip, state);
    const again = vm.x86.getIrqchip(chip);
    assert.equal([again[2], again[5]], [0xfb, base]);
  }
  assert.is(vm.x86.getIrqchip('picMaster')[5], 0x30, 'not the other one');
  // struct kvm_ioapic_state: base_address (8 bytes), ioregsel
  const ioapic = vm.x86.getIrqchip('ioapic');
  assert.is(new DataView(ioapic.buffer).getBigUint64(0, true), 0xfec0_0000n);
  ioapic[8] = 0x10;
  vm.x86.setIrqchip('ioapic', ioapic);
  assert.is(vm.x86.getIrqchip('ioapic')[8], 0x10);
  assert.throws(() => vm.x86.setIrqchip('ioapic', new Uint8Array(3)), /512 elements: 3/);
});

testIf(test, missing, 'the timer', () => {
  using kvm = Kvm.open();
  using vm = kvm.createVm();
  vm.x86.createIrqchip();
  vm.x86.createPit();
  assert.is(
    refusal(() => vm.x86.createPit()),
    'EEXIST',
  );
  const state = vm.x86.getPit();
  assert.is(state.channels.length, 3);
  const channels = state.channels.map((channel, index) =>
    index === 2 ? { ...channel, count: 1234, mode: 3, rwMode: 3 } : channel,
  );
  vm.x86.setPit({ channels, flags: 0 });
  assert.is(vm.x86.getPit().channels[2]?.count, 1234);
  assert.is(vm.x86.getPit().channels[2]?.mode, 3);
  assert.is(
    refusal(() => vm.x86.setPit({ channels: [], flags: 0 })),
    'EINVAL',
  );
});

/** Bits of a controller's request register: lines that are pending. */
function pending(guest: Guest): number {
  return guest.vm.x86.getIrqchip('picMaster')[1] ?? 0;
}

testIf(test, missing, 'a line leads where its routes say', () => {
  using guest = new Guest({ irqchip: true });
  const { interrupts } = guest.vm;
  interrupts.setLine(3, true);
  assert.is(pending(guest) & (1 << 3), 1 << 3);
  interrupts.setLine(3, false);
  interrupts.setRouting([
    { gsi: 40, irqchip: 'picMaster', pin: 6 },
    { gsi: 41, msi: { address: 0xfee0_0000n, data: 0x41 } },
  ]);
  interrupts.setLine(40, true);
  assert.is(pending(guest) & (1 << 6), 1 << 6);
  interrupts.setLine(40, false);
  assert.is(
    refusal(() => interrupts.setRouting([{ gsi: 2 ** 32, irqchip: 'ioapic', pin: 0 }])),
    'EINVAL',
  );
  assert.is(
    refusal(() => interrupts.setRouting([{ gsi: 1, irqchip: 'picMaster', pin: 99 }])),
    'EINVAL',
  );
  assert.is(
    refusal(() => interrupts.setRouting([{ gsi: 1, msi: { address: 2n ** 64n, data: 0 } }])),
    'EINVAL',
  );
});

/** Whether a vector stands in the interrupt request register of a local APIC (0x200, 32 bits each 16 bytes). */
function requested(lapic: Uint8Array, vector: number): boolean {
  const view = new DataView(lapic.buffer, lapic.byteOffset);
  return ((view.getUint32(0x200 + (vector >>> 5) * 16, true) >>> (vector & 31)) & 1) === 1;
}

testIf(test, missing, 'messages reach the vCPU that they address, directly and by a route', () => {
  using guest = new Guest({ irqchip: true });
  using vcpu = guest.vcpu(hlt);
  const { interrupts } = guest.vm;
  const lapic = vcpu.state.getLapic();
  lapic[0xf1] = 0x1; // spurious vector register: the APIC is on
  lapic[0xf0] = 0xff;
  vcpu.state.setLapic(lapic);
  const msi = { address: 0xfee0_0000n, data: 0x41 };
  assert.is(interrupts.signalMsi(msi), true);
  assert.is(requested(vcpu.state.getLapic(), 0x41), true);
  // APIC id 7: nobody is there.
  assert.is(interrupts.signalMsi({ address: 0xfee0_7000n, data: 0x42 }), false);
  assert.is(requested(vcpu.state.getLapic(), 0x42), false);
  interrupts.setRouting([{ gsi: 30, msi: { address: 0xfee0_0000n, data: 0x43 } }]);
  interrupts.setLine(30, true);
  assert.is(requested(vcpu.state.getLapic(), 0x43), true);
  using bare = new Guest();
  assert.is(
    refusal(() => bare.vm.interrupts.signalMsi(msi)),
    'EINVAL',
  );
});

testIf(test, missing, 'a second vCPU waits until it is started', async () => {
  using guest = new Guest({ irqchip: true });
  // In real mode at 0x2000: lock inc byte [0x3000]; hlt; jmp
  guest.ram.write(0x2000n, Buffer.from('f0fe060030f4ebfd', 'hex'));
  const second = guest.vm.createVcpu(1);
  const handle = VcpuHandle.start(second);
  await handle.pause();
  assert.is(await handle.call('getMpState'), 'uninitialized');
  assert.is(guest.ram.readUint8(0x3000n), 0);
  const special = await handle.call('getSpecialRegisters');
  const cs = { ...special.cs, base: 0n, selector: 0 };
  await handle.call('setSpecialRegisters', { ...special, cs });
  await handle.call('setRegisters', { ...(await handle.call('getRegisters')), rip: 0x2000n });
  await handle.call('setMpState', 'runnable');
  handle.resume();
  while (guest.ram.readUint8(0x3000n) === 0) {
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
  assert.equal(await handle.stop(), { reason: 'stopped' });
});

testIf(test, missing, 'TSS, identity map, boot vCPU and capabilities of the VM', () => {
  using kvm = Kvm.open();
  using vm = kvm.createVm();
  vm.x86.setIdentityMapAddress(0xfeff_c000n);
  vm.x86.setTssAddress(0xfeff_d000n);
  assert.is(
    refusal(() => vm.x86.setTssAddress(2n ** 32n)),
    'EINVAL',
  );
  assert.is(
    refusal(() => vm.x86.setIdentityMapAddress(-1n)),
    'EINVAL',
  );
  vm.x86.setBootCpuId(1);
  assert.is(
    refusal(() => vm.enableCapability('USER_MEMORY')),
    'EINVAL',
  );
  assert.is(
    refusal(() => vm.enableCapability('SPLIT_IRQCHIP', [1n, 2n, 3n, 4n, 5n])),
    'EINVAL',
  );
  vm.enableCapability('SPLIT_IRQCHIP', [24n]);
  assert.is(
    refusal(() => vm.x86.createIrqchip()),
    'EEXIST',
    'split already',
  );
  const vcpu = vm.createVcpu(0);
  assert.is(vcpu.state.getLapic().length, 1024, 'local APICs are in KVM');
  assert.is(
    refusal(() => vm.x86.setBootCpuId(0)),
    'EBUSY',
  );
  assert.is(
    refusal(() => vm.x86.setIdentityMapAddress(0n)),
    'EINVAL',
  );
});

test.run();
