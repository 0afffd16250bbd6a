/** The KVM device: versions, capabilities, lists, and what happens where it can't be had. */
import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Kvm } from '../../runtime/kvm/kvm.js';
import { notRoot } from '../child.js';
import { leavesNothingOpen } from '../control/open-resources.js';
import { kvmMissing } from '../control/targets.js';
import { refusal } from '../memory/refusal.js';
import { testIf } from '../skip.js';

const test = suite('Kvm');
const missing = kvmMissing();

testIf(test, missing, 'has version 12 and counts', () => {
  using kvm = Kvm.open();
  assert.is(kvm.apiVersion, 12);
  assert.ok(kvm.recommendedVcpus >= 1 && kvm.maxVcpus >= kvm.recommendedVcpus);
  assert.ok(kvm.maxVcpuId >= kvm.maxVcpus);
  assert.ok(kvm.memorySlots >= 32);
  // struct kvm_run in its first page, the data of string I/O behind it.
  assert.ok(kvm.vcpuMmapSize >= 8192 && kvm.vcpuMmapSize % 4096 === 0);
});

testIf(test, missing, 'tells capabilities as integers and as booleans', () => {
  using kvm = Kvm.open();
  using vm = kvm.createVm();
  assert.is(kvm.checkExtension('NR_MEMSLOTS'), kvm.memorySlots);
  assert.is(kvm.checkExtension(10), kvm.memorySlots, 'by its number');
  assert.is(kvm.hasExtension('NR_MEMSLOTS'), true, 'more than 1 is there too');
  assert.is(kvm.hasExtension(0x7fff_ffff), false);
  assert.is(kvm.checkExtension('USER_MEMORY'), 1);
  const all = kvm.capabilities();
  assert.is(all.NR_MEMSLOTS, kvm.memorySlots);
  assert.is(all.USER_MEMORY, 1);
  assert.is(vm.checkExtension('IRQFD'), 1);
});

testIf(test, missing, 'refuses capabilities that are none', () => {
  using kvm = Kvm.open();
  for (const bad of [-1, 1.5, Number.NaN, 2 ** 32]) {
    assert.is(
      refusal(() => kvm.checkExtension(bad)),
      'EINVAL',
      String(bad),
    );
  }
  // @ts-expect-error no such name
  const unknown = (): unknown => kvm.checkExtension('TELEPATHY');
  assert.is(refusal(unknown), 'EINVAL');
});

testIf(test, missing, 'lists what a guest can be given', () => {
  using kvm = Kvm.open();
  const cpuid = kvm.x86.supportedCpuid();
  const leaf = cpuid.find((entry) => entry.function === 0);
  assert.ok(leaf !== undefined && leaf.eax >= 1);
  const words = new Uint32Array([leaf.ebx, leaf.edx, leaf.ecx]);
  const vendor = Buffer.from(words.buffer).toString('latin1');
  assert.match(vendor, /^[ -~]{12}$/, 'the name of a vendor');
  const longMode = cpuid.find((entry) => entry.function === 0x8000_0001);
  assert.ok(((longMode?.edx ?? 0) & (1 << 29)) !== 0, 'long mode');
  // 0x10 is the time stamp counter, 0xc0000080 is EFER.
  assert.ok(kvm.x86.msrs().includes(0x10) && kvm.x86.msrs().length > 10);
  assert.equal(new Set(kvm.x86.msrs()).size, kvm.x86.msrs().length);
  assert.ok(kvm.x86.featureMsrs().every(Number.isInteger));
});

testIf(test, missing, 'lists what it emulates', () => {
  using kvm = Kvm.open();
  if (!kvm.hasExtension('EXT_EMUL_CPUID')) {
    assert.is(
      refusal(() => kvm.x86.emulatedCpuid()),
      'ENOTTY',
    );
    return;
  }
  assert.ok(kvm.x86.emulatedCpuid().every((entry) => entry.function >= 0));
});

testIf(test, missing, 'leaves nothing open', async () => {
  await leavesNothingOpen(() => {
    const kvm = Kvm.open();
    const vm = kvm.createVm();
    kvm.close();
    kvm.close();
    assert.is(kvm.closed, true);
    assert.is(
      refusal(() => kvm.apiVersion),
      'EBADF',
    );
    assert.is(
      refusal(() => kvm.createVm()),
      'EBADF',
    );
    vm.createVcpu(0); // the VM outlives the device
    vm.close();
    assert.is(
      refusal(() => vm.createVcpu(1)),
      'EBADF',
    );
  });
});

test('says what to do where there is no KVM, and leaves nothing open', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'vmwire-kvm-'));
  const file = join(folder, 'file');
  writeFileSync(file, '');
  try {
    await leavesNothingOpen(() => {
      assert.throws(() => Kvm.open(join(folder, 'none')), /none .*load kvm_intel.*ENOENT/);
      assert.is(
        refusal(() => Kvm.open(file)),
        'ENOTTY',
      );
      assert.throws(() => Kvm.open(file), /not the KVM device/);
      assert.is(
        refusal(() => Kvm.open('/dev/kvm\0')),
        'EINVAL',
      );
      assert.is(
        refusal(() => Kvm.open(folder)),
        'EISDIR',
      );
      assert.is(
        refusal(() => Kvm.open('/dev/null')),
        'ENOTTY',
      );
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
});

testIf(test, notRoot, 'names the group where there is no permission', () => {
  const folder = mkdtempSync(join(tmpdir(), 'vmwire-kvm-'));
  const file = join(folder, 'kvm');
  writeFileSync(file, '', { mode: 0o600 });
  chmodSync(folder, 0o755);
  chownSync(file, 0, 0);
  const module = new URL('../../runtime/kvm/kvm.js', import.meta.url);
  const script = `
    const { Kvm } = await import(${JSON.stringify(module.href)});
    process.setgid(65534);
    process.setuid(65534);
    try { Kvm.open(${JSON.stringify(file)}); } catch (error) { console.log(error.code, error.message); }`;
  try {
    const child = spawnSync(process.execPath, ['--input-type=module', '-e', script]);
    assert.match(String(child.stdout), /^EACCES open .*add the user to the group/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test.run();
