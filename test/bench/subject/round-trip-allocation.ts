/** Bytes that a request and its response allocate, both ends in one thread: without and with a descriptor. */
import { SharedMemory, recvVmResponse, sendVmRequest, socketPair } from 'vmwire';
import type { VmRequest } from 'vmwire/vm-control';
import { allocatedPerOperation } from './allocated.js';
import { serveFigures } from './counts.js';
import { serve } from './serve.js';

const [client, server] = socketPair('seqpacket');
const memory = SharedMemory.create({ name: 'bench', size: 4096 });

function roundTrip(request: VmRequest): unknown {
  sendVmRequest(client, request);
  serve(server);
  return recvVmResponse(client);
}

const plain: VmRequest = { type: 'unregisterMemory', slot: 7 };
const withDescriptor: VmRequest = { type: 'registerMemory', memory, size: 4096n };

await serveFigures((count) => [
  allocatedPerOperation(() => roundTrip(plain), count),
  allocatedPerOperation(() => roundTrip(withDescriptor), count),
]);
