/** Why a real vCPU comes back, with all that KVM tells; and pages that no machine here produces. */
import { ftruncateSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { kvmRun } from '../../native/kvm/vcpu.js';
import { type Exit, decodeExit } from '../../runtime/kvm/exits.js';
import { RunPage } from '../../runtime/kvm/run-page.js';
import { MemoryMapping } from '../../runtime/memory/mapping.js';
import { SharedMemory } from '../../runtime/memory/shared-memory.js';
import { leavesNothingOpen } from '../control/open-resources.js';
import { kvmMissing } from '../control/targets.js';
import { testIf } from '../skip.js';
import { Guest, hlt, load } from './guests.js';

const test = suite('exits of a vCPU');
const missing = kvmMissing();

const gpa = 0xd000_0000n;
const windows = [{ gpa, size: 4096n }];
const deviceGpa = 1n << 38n;

testIf(test, missing, 'OUT of 1, 2 and 4 bytes', () => {
  using guest = new Guest();
  using vcpu = guest.vcpu(`${load(2, 0x123n)}${load(0, 0x4433_2211n)} ee 66ef ef ${hlt}`);
  for (const size of [1, 2, 4]) {
    assert.equal(vcpu.run(), {
      reason: 'io',
      direction: 'out',
      port: 0x123,
      size,
      count: 1,
      data: Uint8Array.of(0x11, 0x22, 0x33, 0x44).subarray(0, size),
    });
  }
  assert.equal(vcpu.run(), { reason: 'hlt' });
});

testIf(test, missing, 'IN takes the data, and completeIo shows it in the registers', () => {
  using guest = new Guest();
  using vcpu = guest.vcpu(`${load(2, 0x123n)} ec ${hlt}`);
  const exit = vcpu.run();
  assert.ok(exit.reason === 'io' && exit.direction === 'in' && exit.size === 1);
  exit.data[0] = 0x5a;
  const { rip } = vcpu.state.getRegisters();
  assert.is(vcpu.state.getRegisters().rax, 0n, 'not yet');
  assert.is(vcpu.completeIo(), undefined);
  const registers = vcpu.state.getRegisters();
  assert.is(registers.rax, 0x5an);
  assert.ok(registers.rip >= rip);
  assert.is(registers.rip, 0x100bn, 'after the IN, before the HLT');
  assert.equal(vcpu.run(), { reason: 'hlt' });
});

testIf(test, missing, 'string OUT hands over all data of all accesses', () => {
  using guest = new Guest();
  const text = Buffer.from('a string of words, written at once');
  guest.ram.write(0x2000n, text);
  // rep outsw: rcx words from [rsi]
  const count = BigInt(text.length / 2);
  using vcpu = guest.vcpu(`${load(2, 0x123n)}${load(6, 0x2000n)}${load(1, count)} f3666f ${hlt}`);
  const seen: Buffer[] = [];
  let exits = 0;
  for (let exit = vcpu.run(); exit.reason === 'io'; exit = vcpu.run()) {
    assert.ok(exit.direction === 'out' && exit.size === 2 && exit.port === 0x123);
    assert.is(exit.data.length, exit.size * exit.count);
    seen.push(Buffer.from(exit.data));
    exits++;
  }
  assert.is(Buffer.concat(seen).toString(), text.toString());
  assert.ok(exits <= 17, 'at most one exit a word');
});

testIf(test, missing, 'string IN takes all data', () => {
  using guest = new Guest();
  // rep insd: rcx words into [rdi]
  using vcpu = guest.vcpu(`${load(2, 0x123n)}${load(7, 0x2000n)}${load(1, 8n)} f36d ${hlt}`);
  let next = 0;
  let exit = vcpu.run();
  for (; exit.reason === 'io'; exit = vcpu.run()) {
    assert.ok(exit.direction === 'in' && exit.size === 4);
    for (let index = 0; index < exit.data.length; index++) exit.data[index] = next++;
  }
  assert.equal(exit, { reason: 'hlt' });
  assert.is(next, 32);
  assert.equal(
    [...guest.ram.read(0x2000n, 32)],
    Array.from({ length: 32 }, (_, byte) => byte),
  );
});

testIf(test, missing, 'MMIO of 1 to 8 bytes', () => {
  using guest = new Guest();
  const value = 0x8877_6655_4433_2211n;
  const writes = '8807 668907 8907 488907'; // mov [rdi], al / ax / eax / rax
  const code = `${load(7, gpa + 8n)}${load(0, value)}${writes} 488b1f ${hlt}`; // mov rbx, [rdi]
  using vcpu = guest.vcpu(code, { windows });
  const bytes = Uint8Array.of(0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88);
  for (const size of [1, 2, 4, 8]) {
    const data = bytes.subarray(0, size);
    assert.equal(vcpu.run(), { reason: 'mmio', address: gpa + 8n, write: true, data });
  }
  const exit = vcpu.run();
  assert.ok(exit.reason === 'mmio' && !exit.write && exit.data.length === 8);
  exit.data.set(bytes);
  assert.equal(vcpu.run(), { reason: 'hlt' });
  assert.is(vcpu.state.getRegisters().rbx, value);
});

testIf(test, missing, 'a triple fault is a shutdown', () => {
  using guest = new Guest();
  using vcpu = guest.vcpu('0f0b'); // ud2 without a handler
  assert.equal(vcpu.run(), { reason: 'shutdown' });
});

testIf(test, missing, 'an instruction at an address without memory is an internal error', () => {
  using guest = new Guest();
  using vcpu = guest.vcpu(`${load(0, gpa)} ffe0`, { windows }); // jmp rax
  const exit = vcpu.run();
  assert.ok(exit.reason === 'internalError', exit.reason);
  if (exit.reason === 'internalError') assert.is(exit.suberror, 1);
});

const pc = (exit: Exit): bigint | string => (exit.reason === 'debug' ? exit.pc : exit.reason);

testIf(test, missing, 'single steps and breakpoints are debug exits', () => {
  using guest = new Guest();
  using vcpu = guest.vcpu(`90 90 90 90 ${hlt}`);
  vcpu.state.setGuestDebug({ singleStep: true });
  assert.is(pc(vcpu.run()), 0x1001n);
  assert.is(pc(vcpu.run()), 0x1002n);
  vcpu.state.setGuestDebug({ hardwareBreakpoints: [0x1003n] });
  assert.is(pc(vcpu.run()), 0x1003n);
  vcpu.state.setGuestDebug({});
  assert.equal(vcpu.run(), { reason: 'hlt' });
});

/** Memory that its owner can take away, shown to the guest; its descriptor stays with the owner. */
function fleeting(guest: Guest): SharedMemory {
  const memory = SharedMemory.create({ size: 4096, seals: {} });
  guest.vm.addDeviceMemory(deviceGpa, MemoryMapping.map(memory, 4096));
  return memory;
}

const faults: readonly (readonly [form: string, code: string])[] = [
  ['a read', '8a1f'],
  ['a write', '8807'],
  ['an instruction', 'ffe7'], // jmp rdi
];

for (const [what, code] of faults) {
  testIf(test, missing, `${what} of memory whose owner truncated it is a memoryFault`, async () => {
    await leavesNothingOpen(() => {
      using guest = new Guest();
      using memory = fleeting(guest);
      using vcpu = guest.vcpu(`${load(7, deviceGpa)} ${code} ${hlt}`);
      ftruncateSync(memory.fd, 0);
      const exit = vcpu.run();
      assert.is(exit.reason, 'memoryFault');
      if (exit.reason === 'memoryFault') {
        assert.ok(exit.address === undefined || exit.address === deviceGpa, String(exit.address));
      }
    });
  });
}

/** A page as KVM would fill it. */
function pageWith(exitReason: number, words: Readonly<Record<number, number | bigint>>): Exit {
  using memory = SharedMemory.create({ size: 8192 });
  using mapping = memory.map();
  const page = new RunPage(memory.fd, 8192);
  mapping.writeUint32(kvmRun.exit_reason, exitReason);
  for (const [offset, value] of Object.entries(words)) {
    if (typeof value === 'bigint') mapping.writeBigUint64(Number(offset), value);
    else mapping.writeUint32(Number(offset), value);
  }
  const exit = decodeExit(page);
  page.close();
  return exit;
}

test('exits that have no name carry their number', () => {
  assert.equal(pageWith(4711, {}), { reason: 'unknown', number: 4711, hardwareReason: 0n });
  assert.equal(pageWith(0, { 32: 0x8000_0021n }), {
    reason: 'unknown',
    number: 0,
    hardwareReason: 0x8000_0021n,
  });
});

test('exits that this machine does not produce are decoded', () => {
  assert.equal(pageWith(9, { 32: 7n, 40: 3 }), { reason: 'failEntry', hardwareReason: 7n, cpu: 3 });
  assert.equal(pageWith(24, { 32: 2, 36: 1, 40: 9n }), {
    reason: 'systemEvent',
    type: 2,
    data: [9n],
  });
  assert.equal(pageWith(17, { 32: 3, 36: 2, 40: 1n, 48: 2n }), {
    reason: 'internalError',
    suberror: 3,
    data: [1n, 2n],
  });
  assert.equal(pageWith(7, {}), { reason: 'irqWindowOpen' });
  assert.equal(pageWith(26, { 32: 0x31 }), { reason: 'ioapicEoi', vector: 0x31 });
  const many = pageWith(17, { 36: 0xffff_ffff });
  assert.is(many.reason === 'internalError' && many.data.length, 16, 'no more than there is room');
});

test.run();
