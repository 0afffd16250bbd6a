/**
 * A descriptor goes to another process, which closes it: `pass-descriptor.js round-trip|one-way`, as
 * baseline/pass_descriptor.py.
 */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { FdSocket, SharedMemory, socketPair } from 'vmwire';
import { OwnedFd } from '../../../runtime/descriptors/owned-fd.js';
import { serveCounts } from './counts.js';

const [mode] = process.argv.slice(2);
const message = new Uint8Array(24);
const lastMessage = Uint8Array.of(1, ...message.subarray(1));

/** The other process: takes the descriptors, and answers a message that asks for it. */
function receive(): void {
  const socket = FdSocket.fromFd(OwnedFd.adopt(3, 'the inherited socket'));
  const buffer = new Uint8Array(24);
  for (;;) {
    const { length, fds, ended, surplusFds } = socket.recv(buffer, { maxFds: 1 });
    if (ended) return;
    if (length !== 24 || fds.length !== 1 || surplusFds) throw new Error('not what was sent');
    for (const fd of fds) fd.close();
    if (buffer[0] === 1) socket.send(message);
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
  const fds = [memory];
  const answer = new Uint8Array(24);
  await serveCounts((count) => {
    for (let i = 0; i < count; i++) {
      const last = mode === 'round-trip' || i === count - 1;
      ours.send(last ? lastMessage : message, fds);
      if (last) ours.recv(answer);
    }
  });
  child.kill();
}

if (mode === 'child') receive();
else await send();
