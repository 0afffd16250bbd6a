/**
 * A descriptor goes to another process with a message, and is closed there:
 * `pass-descriptor.js round-trip|one-way`, as baseline/pass_descriptor.py.
 */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import {
  FdSocket,
  SharedMemory,
  type VmRequest,
  VmControlError,
  recvVmRequest,
  recvVmResponse,
  sendVmRequest,
  sendVmResponse,
  socketPair,
} from 'vmwire';
import { OwnedFd } from '../../../runtime/descriptors/owned-fd.js';
import { serveCounts } from './counts.js';

const [mode] = process.argv.slice(2);
/** The size of the message that is to be answered. */
const last = 8192n;

function serve(socket: FdSocket): void {
  const request = recvVmRequest(socket);
  if (request.type !== 'registerMemory') throw new Error(`got ${request.type}`);
  request.memory.close();
  if (request.size === last) sendVmResponse(socket, { type: 'ok' });
}

/** The other process: takes the descriptors until the connection ends. */
function receive(): void {
  const socket = FdSocket.fromFd(OwnedFd.adopt(3, 'the inherited socket'));
  try {
    for (;;) serve(socket);
  } catch (error) {
    if (!(error instanceof VmControlError && error.size === 0)) throw error;
  }
}

async function send(): Promise<void> {
  const [ours, theirs] = socketPair('seqpacket');
  const program = fileURLToPath(import.meta.url);
  const child = spawn(process.execPath, [program, 'child'], {
    stdio: ['ignore', 'ignore', 'inherit', theirs.fd],
  });
  theirs.close();
  const memory = SharedMemory.create({ name: 'bench', size: 4096 });
  const message: VmRequest = { type: 'registerMemory', memory, size: 4096n };
  const lastMessage: VmRequest = { type: 'registerMemory', memory, size: last };
  await serveCounts((count) => {
    for (let i = 0; i < count; i++) {
      const isLast = mode === 'round-trip' || i === count - 1;
      sendVmRequest(ours, isLast ? lastMessage : message);
      if (isLast) recvVmResponse(ours);
    }
  });
  child.kill();
}

if (mode === 'child') receive();
else await send();
