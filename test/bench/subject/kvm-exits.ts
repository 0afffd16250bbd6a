/** Exits of a vCPU in its own thread to a device on its bus: `kvm-exits.js pio|mmio`, as baseline/kvm.c. */
import { VcpuHandle } from 'vmwire';
import { serveFigures } from './counts.js';
import { mmioGuest, pioGuest, realModeVm } from './real-mode-vm.js';
import { Rounds } from './rounds.js';

const { vcpu } = realModeVm(process.argv[2] === 'pio' ? pioGuest : mmioGuest, false);
const rounds = new Rounds();
const devices = new URL('./counting-devices.js', import.meta.url);
VcpuHandle.start(vcpu, { devices, data: rounds.buffer });

await serveFigures((count) => [rounds.run(count)]);
