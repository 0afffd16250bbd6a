/** Kicks of a halted vCPU, as `kvm kick` in baseline/kvm.c: until its thread has its turn. */
import { setTimeout as sleep } from 'node:timers/promises';
import { VcpuHandle } from 'vmwire';
import { quantile } from '../spread.js';
import { serveFigures } from './counts.js';
import { haltGuest, realModeVm } from './real-mode-vm.js';

const { vcpu } = realModeVm(haltGuest, true);
const word = new Int32Array(new SharedArrayBuffer(4));
const devices = new URL('./kicked-devices.js', import.meta.url);
const handle = VcpuHandle.start(vcpu, { devices, data: word.buffer });
while (handle.state !== 'running') await sleep(1);
const never = new Int32Array(new SharedArrayBuffer(4));

await serveFigures((count) => {
  const begun = process.hrtime.bigint();
  const waited: number[] = [];
  for (let i = 0; i < count; i++) {
    // Let it go into the halt.
    Atomics.wait(never, 0, 0, 0.2);
    Atomics.store(word, 0, 0);
    const start = process.hrtime.bigint();
    handle.kick();
    Atomics.wait(word, 0, 0);
    waited.push(Number(process.hrtime.bigint() - start));
  }
  const mean = Number(process.hrtime.bigint() - begun) / count;
  return [mean, quantile(waited, 0.5), quantile(waited, 0.99)];
});
