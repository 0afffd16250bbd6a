/** Memory slots of a VM: numbering, roll-back, read-only, and the log of dirty pages. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Kvm } from '../../runtime/kvm/kvm.js';
import { GuestMemory } from '../../runtime/memory/guest-memory.js';
import type { MemoryMapping } from '../../runtime/memory/mapping.js';
import { SharedMemory } from '../../runtime/memory/shared-memory.js';
import { leavesNothingOpen } from '../control/open-resources.js';
import { kvmMissing } from '../control/targets.js';
import { refusal } from '../memory/refusal.js';
import { testIf } from '../skip.js';
import { Guest, hlt, load } from './guests.js';

const test = suite('memory of a Vm');
const missing = kvmMissing();

const deviceGpa = 1n << 38n;
const page = 4096;

/** `mov byte ptr [rdi], al`: rdi and al are loaded first. */
function writeByte(gpa: bigint, value: number): string {
  return `${load(7, gpa)} b0${value.toString(16).padStart(2, '0')} 8807`;
}

function deviceMapping(pages = 1): MemoryMapping {
  using memory = SharedMemory.create({ name: 'device', size: pages * page });
  return memory.map();
}

testIf(test, missing, 'the lowest free slot is used again', () => {
  using guest = new Guest();
  const { vm } = guest;
  const add = (index: number): number =>
    vm.addDeviceMemory(deviceGpa + BigInt(index * page), deviceMapping());
  assert.equal([0, 1, 2, 3].map(add), [1, 2, 3, 4], 'RAM has slot 0');
  assert.is(vm.slotsInUse, 5);
  for (const slot of [3, 1]) vm.removeDeviceMemory(slot).close();
  assert.is(vm.slotsInUse, 3);
  assert.equal([10, 11, 12].map(add), [1, 3, 5]);
});

testIf(test, missing, 'the guest reads and writes what was added, until it is removed', () => {
  using guest = new Guest();
  const mapping = deviceMapping();
  const slot = guest.vm.addDeviceMemory(deviceGpa, mapping);
  mapping.writeUint8(1, 0x55);
  // mov bl, [rdi + 1]; then the write, twice
  const code = `${writeByte(deviceGpa, 0x77)} 8a5f01 ${hlt} ${writeByte(deviceGpa, 0x78)} ${hlt}`;
  using vcpu = guest.vcpu(code);
  assert.equal(vcpu.run(), { reason: 'hlt' });
  assert.is(mapping.readUint8(0), 0x77);
  assert.is(Number(vcpu.state.getRegisters().rbx & 0xffn), 0x55);
  assert.is(guest.vm.removeDeviceMemory(slot), mapping);
  const exit = vcpu.run();
  assert.is(exit.reason, 'mmio');
  assert.is(mapping.readUint8(0), 0x77);
  mapping.close();
});

testIf(test, missing, 'a mapping can’t be closed while a slot shows it', () => {
  using guest = new Guest();
  const mapping = deviceMapping();
  const slot = guest.vm.addDeviceMemory(deviceGpa, mapping);
  assert.is(
    refusal(() => mapping.close()),
    'EBUSY',
  );
  assert.is(
    refusal(() => guest.ram.close()),
    'EBUSY',
  );
  guest.vm.removeDeviceMemory(slot).close();
  assert.is(mapping.closed, true);
  assert.is(
    refusal(() => guest.vm.addDeviceMemory(deviceGpa, mapping)),
    'EBADF',
  );
});

testIf(test, missing, 'a refused slot leaves no trace', async () => {
  await leavesNothingOpen(() => {
    using guest = new Guest();
    const { vm } = guest;
    const first = deviceMapping(2);
    const other = deviceMapping(2);
    assert.is(vm.addDeviceMemory(deviceGpa, first), 1);
    const refused = (gpa: bigint): string => refusal(() => vm.addDeviceMemory(gpa, other));
    assert.is(refused(deviceGpa + 4096n), 'EEXIST');
    assert.is(refused(deviceGpa - 4096n), 'EEXIST');
    assert.is(refused(deviceGpa + 1n), 'EINVAL');
    assert.is(refused(0x4000n), 'ENOSPC', 'guest RAM');
    assert.is(refused(-1n), 'EINVAL');
    assert.is(refused(2n ** 64n), 'EINVAL');
    assert.is(refused(2n ** 64n - 4096n), 'EINVAL', 'past the end of addresses');
    assert.is(
      refusal(() => vm.removeDeviceMemory(0)),
      'ENOENT',
      'RAM',
    );
    assert.is(
      refusal(() => vm.removeDeviceMemory(2)),
      'ENOENT',
    );
    assert.is(vm.slotsInUse, 2);
    assert.is(other.pinned, false);
    assert.is(vm.addDeviceMemory(deviceGpa + 8192n, other), 2);
  });
});

testIf(test, missing, 'RAM whose second region is refused is not added at all', async () => {
  await leavesNothingOpen(() => {
    using kvm = Kvm.open();
    using vm = kvm.createVm();
    using first = GuestMemory.create([{ gpa: 0x10_0000n, size: page }]);
    using second = GuestMemory.create([
      { gpa: 0n, size: page },
      { gpa: 0x10_0000n, size: page },
    ]);
    assert.equal(vm.addGuestMemory(first), [0]);
    assert.is(
      refusal(() => vm.addGuestMemory(second)),
      'EEXIST',
    );
    assert.is(vm.slotsInUse, 1);
    second.close();
    vm.close();
    first.close();
  });
});

testIf(
  test,
  missing,
  'device memory in two slots, and in two VMs, is closed with the last',
  async () => {
    await leavesNothingOpen(() => {
      using kvm = Kvm.open();
      const one = kvm.createVm();
      const two = kvm.createVm();
      const mapping = deviceMapping();
      one.addDeviceMemory(deviceGpa, mapping);
      one.addDeviceMemory(deviceGpa + 4096n, mapping);
      two.addDeviceMemory(deviceGpa, mapping);
      one.close();
      assert.is(mapping.closed, false);
      two.close();
      assert.is(mapping.closed, true);
      two.close();
    });
  },
);

testIf(test, missing, 'a write to read-only memory is an MMIO exit and changes nothing', () => {
  using guest = new Guest();
  const mapping = deviceMapping();
  mapping.writeUint8(0, 0x11);
  guest.vm.addDeviceMemory(deviceGpa, mapping, { readOnly: true });
  using vcpu = guest.vcpu(`${load(7, deviceGpa)} 8a1f b022 8807 ${hlt}`); // mov bl, [rdi]
  const exit = vcpu.run();
  assert.equal(exit, {
    reason: 'mmio',
    address: deviceGpa,
    write: true,
    data: Uint8Array.of(0x22),
  });
  assert.equal(vcpu.run(), { reason: 'hlt' });
  assert.is(Number(vcpu.state.getRegisters().rbx & 0xffn), 0x11);
  assert.is(mapping.readUint8(0), 0x11);
});

testIf(test, missing, 'a read-only mapping is read-only to the guest unless told otherwise', () => {
  using guest = new Guest();
  using memory = SharedMemory.create({ size: page });
  guest.vm.addDeviceMemory(deviceGpa, memory.map({ readOnly: true }));
  using vcpu = guest.vcpu(writeByte(deviceGpa, 1) + hlt);
  assert.is(vcpu.run().reason, 'mmio');
});

testIf(test, missing, 'the dirty log tells the pages that the guest wrote, once', () => {
  using guest = new Guest();
  const pages = 70; // more than one word of bits
  const mapping = deviceMapping(pages);
  const slot = guest.vm.addDeviceMemory(deviceGpa, mapping, { logDirtyPages: true });
  const touched = [0, 2, 3, 4, 63, 64, 69];
  const at = (index: number): bigint => deviceGpa + BigInt(index * page) + 17n;
  using vcpu = guest.vcpu(touched.map((index) => writeByte(at(index), 1)).join('') + hlt);
  assert.equal(guest.vm.dirtyLog(slot).ranges(), []);
  assert.equal(vcpu.run(), { reason: 'hlt' });
  const log = guest.vm.dirtyLog(slot);
  const dirty = Array.from({ length: pages }, (_, index) => index).filter((index) =>
    log.has(index),
  );
  assert.equal(dirty, touched);
  assert.equal([...log.bytes], [0x1d, 0, 0, 0, 0, 0, 0, 0x80, 0x21, 0, 0, 0, 0, 0, 0, 0]);
  assert.equal(log.ranges(), [
    { offset: 0, size: page },
    { offset: 2 * page, size: 3 * page },
    { offset: 63 * page, size: 2 * page },
    { offset: 69 * page, size: page },
  ]);
  assert.equal(guest.vm.dirtyLog(slot).ranges(), [], 'told once');
});

testIf(test, missing, 'a slot without a log has none', () => {
  using guest = new Guest();
  const slot = guest.vm.addDeviceMemory(deviceGpa, deviceMapping());
  assert.is(
    refusal(() => guest.vm.dirtyLog(slot)),
    'ENOENT',
  );
  assert.is(
    refusal(() => guest.vm.dirtyLog(99)),
    'ENOENT',
  );
});

testIf(test, missing, 'every slot can be used, and one more is refused', () => {
  using kvm = Kvm.open();
  using vm = kvm.createVm();
  // One mapping everywhere: what counts is the slots.
  using mapping = deviceMapping();
  const count = Math.min(kvm.memorySlots, 512);
  for (let slot = 0; slot < count; slot++) {
    assert.is(vm.addDeviceMemory(deviceGpa + BigInt(slot * page), mapping), slot);
  }
  vm.removeDeviceMemory(count >>> 1);
  assert.is(vm.addDeviceMemory(0n, mapping), count >>> 1);
  vm.close();
});

test.run();
