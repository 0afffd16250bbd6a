/** Kicks of a running vCPU: none is lost, also not while a device completes its I/O. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { VcpuHandle } from '../../runtime/machine/vcpu-handle.js';
import { leavesNothingOpen } from '../control/open-resources.js';
import { kvmMissing } from '../control/targets.js';
import { testIf } from '../skip.js';
import { Guest, load, spin } from './guests.js';

const test = suite('kicks');
const missing = kvmMissing();

const kicks = 20_000;
const overlapping = 3_000;
/** Generous: all of them take a second or two. */
const hangsMs = 60_000;
const probe = new URL('./devices/probe.js', import.meta.url);

/** Sends messages one after another: each needs its kick to be heard. @returns how many were heard */
async function ping(code: string, count: number): Promise<number> {
  using guest = new Guest();
  let heard = 0;
  let resume: (() => void) | undefined;
  const handle = VcpuHandle.start(guest.vcpu(code), {
    devices: probe,
    regularInterruptMs: 3_600_000, // what a kick misses would never come
    onMessage: () => {
      heard++;
      resume?.();
    },
  });
  let late: NodeJS.Timeout | undefined;
  const lost = new Promise<never>((_, reject) => {
    late = setTimeout(() => reject(new Error(`lost after ${heard} kicks`)), hangsMs);
  });
  for (let sent = 0; sent < count; sent++) {
    const answered = new Promise<void>((resolve) => {
      resume = resolve;
    });
    handle.post(sent);
    await Promise.race([answered, lost]);
  }
  clearTimeout(late);
  assert.equal(await handle.stop(), { reason: 'stopped' });
  return heard;
}

testIf(test, missing, `${kicks} of a guest that never exits`, async () => {
  await leavesNothingOpen(async () => {
    assert.is(await ping(spin, kicks / 2), kicks / 2);
  });
});

testIf(test, missing, `${overlapping} that overlap completeIo`, async () => {
  // mov dx, 0x700; mov al, 4: the device completes its I/O; jmp back to the OUT
  assert.is(await ping(`${load(2, 0x700n)} b004 ee ebfd`, overlapping), overlapping);
});

testIf(test, missing, 'a storm of them is one, and the guest goes on', async () => {
  using guest = new Guest();
  // lock inc qword [0x3000]; jmp back
  const handle = VcpuHandle.start(guest.vcpu('f048ff042500300000 ebf5'));
  await handle.pause();
  const before = guest.ram.readBigUint64(0x3000n);
  handle.resume();
  for (let count = 0; count < 10_000; count++) handle.kick();
  while (guest.ram.readBigUint64(0x3000n) === before) {
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
  assert.equal(await handle.stop(), { reason: 'stopped' });
});

test.run();
