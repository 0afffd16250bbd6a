/** What the measured server does with a request: it answers, and closes what came with it. */
import { type FdSocket, recvVmRequest, sendVmResponse } from 'vmwire';
import type { VmResponse } from 'vmwire/vm-control';

const ok: VmResponse = { type: 'ok' };
const registered: VmResponse = { type: 'registerMemory', pfn: 1n << 26n, slot: 1 };

/** One request, and the answer to it. */
export function serve(socket: FdSocket): void {
  const request = recvVmRequest(socket);
  if (request.type === 'registerMemory') {
    request.memory.close();
    sendVmResponse(socket, registered);
  } else {
    sendVmResponse(socket, ok);
  }
}
