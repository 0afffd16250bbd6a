/** One message of each variant that travels. */
import type { Descriptor } from 'vmwire/codec';
import type { VmRequest, VmResponse } from 'vmwire/vm-control';

export const memory: Descriptor = { fd: 3 };

export const requests: readonly VmRequest[] = [
  { type: 'exit' },
  { type: 'registerMemory', memory, size: 65536n },
  { type: 'unregisterMemory', slot: 7 },
  { type: 'balloonAdjust', numPages: -512 },
];

export const responses: readonly VmResponse[] = [
  { type: 'ok' },
  { type: 'err', errno: 28 },
  { type: 'registerMemory', pfn: 67108864n, slot: 7 },
];
