/** The names that the package promises: whoever takes one away breaks its users. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as vmwire from 'vmwire';
import type { OwnedFd, Vcpu, Vm } from 'vmwire';
import * as vmControl from 'vmwire/vm-control';
import type { VmRequest, VmResponse } from 'vmwire/vm-control';

const test = suite('public names');

/** Those that are types alone: nobody outside makes one, and this file compiles only if they are there. */
export type Promised = OwnedFd | Vcpu | Vm | VmRequest | VmResponse;

test('the runtime', () => {
  const promised = [
    ...['socketPair', 'FdSocket', 'MaybeOwnedFd', 'SharedMemory', 'MemoryMapping', 'GuestMemory'],
    ...['EventFd', 'AddressAllocator', 'Kvm', 'VcpuHandle', 'SimulatedVm', 'IoeventAddress'],
    ...['execute', 'ControlServer', 'ControlClient', 'sendVmRequest', 'recvVmRequest'],
    ...['sendVmResponse', 'recvVmResponse', 'Machine', 'Vmm'],
  ];
  const names = Object.keys(vmwire);
  assert.equal(
    promised.filter((name) => !names.includes(name)),
    [],
  );
});

test('the codec', () => {
  const promised = [
    ...['encodeVmRequest', 'decodeVmRequest', 'encodeVmResponse', 'decodeVmResponse'],
    'VmControlError',
  ];
  const names = Object.keys(vmControl);
  assert.equal(
    promised.filter((name) => !names.includes(name)),
    [],
  );
});

test.run();
