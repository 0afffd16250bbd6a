/**
 * Request and response: `round-trip.js pair|process|server [descriptor]`, as baseline/round_trip.c.
 * pair: both ends in one thread. process: a server process that blocks. server: a `ControlServer`.
 */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { recvVmResponse, sendVmRequest, SharedMemory, socketPair } from 'vmwire';
import type { VmRequest } from 'vmwire/vm-control';
import { serveCounts } from './counts.js';
import { serve } from './serve.js';

const [mode, descriptor] = process.argv.slice(2);

function request(): VmRequest {
  // To the ControlServer, which executes what it is asked, it changes nothing.
  if (mode === 'server') return { type: 'exit' };
  if (descriptor === undefined) return { type: 'unregisterMemory', slot: 7 };
  const memory = SharedMemory.create({ name: 'bench', size: 4096 });
  return { type: 'registerMemory', memory, size: 4096n };
}

const sent = request();
const [client, server] = socketPair('seqpacket');

if (mode === 'pair') {
  await serveCounts((count) => {
    for (let i = 0; i < count; i++) {
      sendVmRequest(client, sent);
      serve(server);
      recvVmResponse(client);
    }
  });
} else {
  const file = mode === 'server' ? './control-server.js' : './round-trip-server.js';
  const child = spawn(process.execPath, [fileURLToPath(new URL(file, import.meta.url))], {
    stdio: ['ignore', 'ignore', 'inherit', server.fd],
  });
  server.close();
  await serveCounts((count) => {
    for (let i = 0; i < count; i++) {
      sendVmRequest(client, sent);
      recvVmResponse(client);
    }
  });
  child.kill();
}
