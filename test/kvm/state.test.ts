/** The state of a vCPU: what is written is read again, and what makes no sense is refused. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { NativeBlock } from '../../native/block.js';
import { Kvm } from '../../runtime/kvm/kvm.js';
import { setUpLongMode } from '../../runtime/kvm/x86_64/boot.js';
import { MemoryMapping } from '../../runtime/memory/mapping.js';
import { GuestMemory } from '../../runtime/memory/guest-memory.js';
import { leavesNothingOpen } from '../control/open-resources.js';
import { kvmMissing } from '../control/targets.js';
import { refusal } from '../memory/refusal.js';
import { testIf } from '../skip.js';
import { Guest, hlt, load } from './guests.js';

const test = suite('state of a vCPU');
const missing = kvmMissing();

testIf(test, missing, 'general and special registers', () => {
  using guest = new Guest();
  using vcpu = guest.vcpu(hlt);
  const registers = { ...vcpu.state.getRegisters(), rax: 2n ** 64n - 1n, r15: 15n, rbp: 1n << 63n };
  vcpu.state.setRegisters(registers);
  assert.equal(vcpu.state.getRegisters(), registers);
  const special = vcpu.state.getSpecialRegisters();
  assert.is(special.cs.l, 1, 'long mode');
  assert.is(special.efer & 0x500n, 0x500n);
  vcpu.state.setSpecialRegisters({
    ...special,
    cr2: 0x1234n,
    fs: { ...special.fs, base: 0x5000n },
  });
  assert.is(vcpu.state.getSpecialRegisters().cr2, 0x1234n);
  assert.is(vcpu.state.getSpecialRegisters().fs.base, 0x5000n);
  const bad = { ...special, cr0: special.cr0 & ~1n };
  assert.is(
    refusal(() => vcpu.state.setSpecialRegisters(bad)),
    'EINVAL',
    'paging without protection',
  );
});

testIf(test, missing, 'a value that does not fit is refused before KVM sees it', () => {
  using guest = new Guest();
  using vcpu = guest.vcpu(hlt);
  const registers = vcpu.state.getRegisters();
  assert.throws(() => vcpu.state.setRegisters({ ...registers, rax: 2n ** 64n }), /kvm_regs.rax/);
  assert.throws(() => vcpu.state.setRegisters({ ...registers, rip: -1n }), /kvm_regs.rip/);
  const special = vcpu.state.getSpecialRegisters();
  const cs = { ...special.cs, selector: 65_536 };
  assert.throws(
    () => vcpu.state.setSpecialRegisters({ ...special, cs }),
    /kvm_sregs.cs.selector: 65536/,
  );
  // @ts-expect-error a member is missing
  assert.throws(() => vcpu.state.setRegisters({ rax: 1n }), /kvm_regs.rbx: undefined/);
  assert.equal(vcpu.state.getRegisters(), registers);
});

testIf(test, missing, 'a member that calls KVM while it is read does no harm', () => {
  using guest = new Guest();
  using vcpu = guest.vcpu(hlt);
  // The log of a slot of 1 GiB is larger than what any struct needs.
  const mapping = MemoryMapping.anonymous(2 ** 30);
  const slot = guest.vm.addDeviceMemory(1n << 39n, mapping, { logDirtyPages: true });
  vcpu.state.setRegisters({
    ...vcpu.state.getRegisters(),
    rax: 3n,
    get rbx(): bigint {
      guest.vm.dirtyLog(slot);
      // Memory that was freed meanwhile would be this.
      for (const size of [16, 32, 16]) new NativeBlock(size * 1024).bytes.fill(0xff);
      return 5n;
    },
    r15: 7n,
  });
  const { rax, rbx, r15 } = vcpu.state.getRegisters();
  assert.equal([rax, rbx, r15], [3n, 5n, 7n]);
});

testIf(test, missing, 'FPU, debug registers, XCRs and XSAVE', () => {
  using guest = new Guest();
  using vcpu = guest.vcpu(hlt);
  const fpu = vcpu.state.getFpu();
  const xmm = fpu.xmm.slice().fill(0x5a, 16, 32);
  vcpu.state.setFpu({ ...fpu, xmm, fcw: 0x37f });
  assert.equal(vcpu.state.getFpu().xmm, xmm);
  assert.is(vcpu.state.getFpu().fcw, 0x37f);
  // XSAVE's area has XMM1 at byte 160 + 16, and at 512 which parts of it count: x87 and SSE.
  const xsave = vcpu.state.getXsave();
  xsave[176] = 0x77;
  xsave[512] = 3;
  vcpu.state.setXsave(xsave);
  assert.is(vcpu.state.getXsave()[176], 0x77);
  assert.is(vcpu.state.getFpu().xmm[16], 0x77);
  const debug = vcpu.state.getDebugRegisters();
  vcpu.state.setDebugRegisters({ ...debug, db: [1n, 2n, 3n, 4n] });
  assert.equal(vcpu.state.getDebugRegisters().db, [1n, 2n, 3n, 4n]);
  const xcrs = vcpu.state.getXcrs();
  assert.is(xcrs[0]?.xcr, 0);
  vcpu.state.setXcrs([{ xcr: 0, value: 3n }]);
  assert.equal(vcpu.state.getXcrs()[0], { xcr: 0, value: 3n });
  assert.is(
    refusal(() => vcpu.state.setXcrs([{ xcr: 0, value: 0n }])),
    'EINVAL',
    'x87 can’t be off',
  );
});

testIf(test, missing, 'MSRs, and the one that is refused', () => {
  using guest = new Guest();
  using vcpu = guest.vcpu(hlt);
  // LSTAR, KERNEL_GS_BASE
  const msrs = [
    { index: 0xc000_0082, data: 0x1_0000n },
    { index: 0xc000_0102, data: 0x2_0000n },
  ];
  vcpu.state.setMsrs(msrs);
  assert.equal(vcpu.state.getMsrs([0xc000_0082, 0xc000_0102]), msrs);
  const nobody = 0x5757_5757;
  assert.throws(() => vcpu.state.getMsrs([0xc000_0082, nobody]), /MSR 0x57575757: EINVAL/);
  assert.throws(() => vcpu.state.setMsrs([{ index: nobody, data: 0n }]), /MSR 0x57575757: EINVAL/);
  assert.throws(() => vcpu.state.getMsrs([1.5]), /kvm_msr_entry.index/);
});

testIf(test, missing, 'cpuid: what the guest was given is what it is told', () => {
  using kvm = Kvm.open();
  using vm = kvm.createVm();
  const cpuid = kvm.x86.supportedCpuid();
  const vcpu = vm.createVcpu(0);
  vcpu.state.setCpuid(cpuid);
  assert.is(vcpu.state.getCpuid().length, cpuid.length);
  assert.equal(
    vcpu.state.getCpuid().map((entry) => entry.function),
    cpuid.map((entry) => entry.function),
  );
  const leaf = cpuid.find((entry) => entry.function === 0);
  assert.ok(leaf !== undefined);
  // More than 64 leaves: reading them again has to ask with more room.
  const subleaves = Array.from({ length: 100 }, (_, index) => ({
    ...leaf,
    function: 0x4000_0100 + index,
    eax: index,
  }));
  const long = vm.createVcpu(1);
  long.state.setCpuid(subleaves);
  assert.is(long.state.getCpuid().length, 100);
  assert.is(long.state.getCpuid()[99]?.eax, 99);
});

testIf(
  test,
  missing,
  'a cpuid that is refused changes nothing; the id of a vCPU that was closed is not given again',
  async () => {
    await leavesNothingOpen(() => {
      using kvm = Kvm.open();
      using vm = kvm.createVm();
      const leaf = kvm.x86.supportedCpuid()[0];
      assert.ok(leaf !== undefined);
      const many = Array.from({ length: 5000 }, () => leaf);
      const vcpu = vm.createVcpu(0);
      assert.is(
        refusal(() => vcpu.state.setCpuid(many)),
        'E2BIG',
      );
      assert.equal(vcpu.state.getCpuid(), []);
      vcpu.close();
      assert.is(
        refusal(() => vm.createVcpu(0)),
        'EEXIST',
        'KVM keeps the id',
      );
      assert.is(
        refusal(() => vm.createVcpu(2 ** 31)),
        'EINVAL',
      );
      assert.is(
        refusal(() => vm.createVcpu(-1)),
        'EINVAL',
      );
    });
  },
);

testIf(
  test,
  missing,
  'mp_state, local APIC and events, with and without interrupt controllers',
  () => {
    using bare = new Guest();
    using lone = bare.vcpu(hlt);
    assert.is(lone.state.getMpState(), 'runnable');
    assert.is(
      refusal(() => lone.state.getLapic()),
      'EINVAL',
    );
    assert.is(
      refusal(() => lone.state.setMpState('halted')),
      'EINVAL',
    );
    using guest = new Guest({ irqchip: true });
    using first = guest.vcpu(hlt);
    using second = guest.vcpu(hlt, { id: 1 });
    assert.is(first.state.getMpState(), 'runnable');
    assert.is(second.state.getMpState(), 'uninitialized');
    second.state.setMpState('halted');
    assert.is(second.state.getMpState(), 'halted');
    const lapic = first.state.getLapic();
    assert.is(lapic.length, 1024);
    lapic[0x80] = 0x30; // task priority
    first.state.setLapic(lapic);
    assert.is(first.state.getLapic()[0x80], 0x30);
    const events = first.state.getEvents();
    first.state.setEvents({ ...events, nmi: { ...events.nmi, masked: 1 }, flags: 0 });
    assert.is(first.state.getEvents().nmi.masked, 1);
  },
);

testIf(
  test,
  missing,
  'interrupts without a controller, NMIs, and addresses through page tables',
  () => {
    using guest = new Guest();
    using vcpu = guest.vcpu(hlt);
    vcpu.state.interrupt(0x20);
    assert.is(
      refusal(() => vcpu.state.interrupt(256)),
      'EINVAL',
    );
    vcpu.state.nmi();
    assert.ok(vcpu.state.getTscKhz() > 0);
    assert.is(
      refusal(() => vcpu.state.setTscKhz(0)),
      'EINVAL',
    );
    const there = vcpu.state.translate(0x1234n);
    assert.is(there.valid, 1);
    assert.is(there.physicalAddress, 0x1234n);
    assert.is(vcpu.state.translate(0xffff_8000_0000_0000n).valid, 0);
    vcpu.close();
    vcpu.close();
    assert.is(
      refusal(() => vcpu.state.getRegisters()),
      'EBADF',
    );
    assert.is(
      refusal(() => vcpu.run()),
      'EBADF',
    );
  },
);

testIf(test, missing, 'long mode: every address of RAM and windows means itself', () => {
  using guest = new Guest({ ramSize: 4 << 20 });
  using vcpu = guest.vm.createVcpu(0);
  assert.is(vcpu.id, 0);
  vcpu.close();
  using other = guest.vcpu(`${load(0, 0x55n)} ${hlt}`, { id: 1 });
  for (const address of [0n, 0x1000n, 0x3f_ffffn, 1n << 38n, (1n << 38n) + (1n << 30n) - 1n]) {
    assert.is(other.state.translate(address).physicalAddress, address, address.toString(16));
  }
  assert.is(other.state.translate(1n << 39n).valid, 0);
  assert.equal(other.run(), { reason: 'hlt' });
  assert.is(other.state.getRegisters().rax, 0x55n);
});

testIf(test, missing, 'long mode refuses what does not fit', () => {
  using guest = new Guest();
  using vcpu = guest.vcpu(hlt);
  const set = (options: Parameters<typeof setUpLongMode>[2]): string =>
    refusal(() => setUpLongMode(vcpu, guest.ram, options));
  assert.is(set({ entry: -1n }), 'EINVAL');
  assert.is(set({ entry: 0x1000n, tables: 0x8_0001n }), 'EINVAL');
  assert.is(set({ entry: 0x1000n, tables: 0x10_0000n }), 'EFAULT', 'past the end of RAM');
  using empty = GuestMemory.create([]);
  assert.is(
    refusal(() => setUpLongMode(vcpu, empty, { entry: 0n })),
    'EFAULT',
  );
  const layout = setUpLongMode(vcpu, guest.ram, { entry: 0x1000n });
  assert.is(layout.tablesEnd, 0x10_0000n, 'at the end of RAM');
  assert.is(layout.stack, layout.tables);
});

test.run();
