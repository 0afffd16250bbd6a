/** The names that the package promises: whoever takes one away breaks its users. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as vmwire from 'vmwire';
import * as vmControl from 'vmwire/vm-control';
import type { VmRequest, VmResponse } from 'vmwire/vm-control';

const test = suite('public names');

/** Those that are types alone: this file compiles only if they are there. */
export type Promised = VmRequest | VmResponse;

const runtimeNames =
  'socketPair FdSocket OwnedFd MaybeOwnedFd SharedMemory MemoryMapping GuestMemory EventFd ' +
  'AddressAllocator Kvm Vm Vcpu VcpuHandle SimulatedVm IoeventAddress execute ControlServer ControlClient sendVmRequest ' +
  'recvVmRequest sendVmResponse recvVmResponse Machine Vmm';
const codecNames =
  'encodeVmRequest decodeVmRequest encodeVmResponse decodeVmResponse VmControlError';

for (const [what, module, promised] of [
  ['the runtime', vmwire, runtimeNames],
  ['the codec', vmControl, codecNames],
] as const) {
  test(what, () => {
    const names = Object.keys(module);
    const missing = promised.split(' ').filter((name) => !names.includes(name));
    assert.equal(missing, []);
  });
}

test.run();
