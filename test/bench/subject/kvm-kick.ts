/** Kicks of a halted vCPU, as `kvm kick` in baseline/kvm.c: until its thread has its turn. */
import { setTimeout as sleep } from 'node:timers/promises';
import { VcpuHandle } from 'vmwire';
import { NativeBlock } from '../../../native/block.js';
import { EFD_CLOEXEC, eventfd, read } from '../../../native/eventfd.js';
import { quantile } from '../spread.js';
import { serveFigures } from './counts.js';
import type { KickBell } from './kicked-devices.js';
import { haltGuest, realModeVm } from './real-mode-vm.js';

const { vcpu } = realModeVm(haltGuest, true);
// The cheapest word between threads, a blocking read: Atomics.wait goes through a mutex of V8's.
const outside = eventfd(0, EFD_CLOEXEC);
const counter = new NativeBlock(8);
const devices = new URL('./kicked-devices.js', import.meta.url);
const bell: KickBell = {
  eventfd: outside,
  waiting: new Int32Array(new SharedArrayBuffer(4)),
};
const handle = VcpuHandle.start(vcpu, { devices, data: bell });
while (handle.state !== 'running') await sleep(1);
const never = new Int32Array(new SharedArrayBuffer(4));

/** Nanoseconds that each of so many kicks takes. */
function kicks(count: number): number[] {
  const waited: number[] = [];
  for (let i = 0; i < count; i++) {
    // Let it go into the halt.
    Atomics.wait(never, 0, 0, 0.2);
    Atomics.store(bell.waiting, 0, 1);
    const start = process.hrtime.bigint();
    handle.kick();
    read(outside, counter.address, 8);
    waited.push(Number(process.hrtime.bigint() - start));
  }
  return waited;
}

// Until V8 has compiled both threads' parts: it does that beside them, on the same CPU.
kicks(3_000);
await serveFigures((count) => {
  const begun = process.hrtime.bigint();
  const waited = kicks(count);
  const mean = Number(process.hrtime.bigint() - begun) / count;
  return [mean, quantile(waited, 0.5), quantile(waited, 0.99)];
});
