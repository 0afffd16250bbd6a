/** A client that stops in the middle of a conversation, or never stops, to be killed there. */
import { ControlClient } from '../../runtime/control/client.js';
import { FdSocket } from '../../runtime/sockets/fd-socket.js';
import { SharedMemory } from '../../runtime/memory/shared-memory.js';

/** Where it stops: `connected`, `asked`, `registered`, `unregistered`; `flood` does not, nor does `polite`. */
const [, , path = '', stage] = process.argv;
if (stage === 'flood') flood(FdSocket.connect(path));
const client = await ControlClient.connect(path);
if (stage === 'polite') {
  // Whenever it is told a number, it makes so many requests, and tells how long each took.
  process.on('message', async (count) => process.send?.(await latencies(Number(count))));
} else if (stage !== 'connected') {
  const memory = SharedMemory.create({ name: 'killed', size: 4096 });
  if (stage === 'asked') {
    client.sendSync({ type: 'registerMemory', memory, size: 4096n });
  } else {
    const { slot } = await client.registerMemory(memory);
    if (stage === 'unregistered') await client.unregisterMemory(slot);
  }
}
process.send?.('ready');
// Until the signal comes, or whoever would send it is gone.
process.once('disconnect', () => process.exit());
setInterval(() => {}, 60_000);

/** As many requests as the socket takes before it reads an answer, for ever. */
function flood(socket: FdSocket): never {
  process.send?.('ready');
  const packet = Uint8Array.of(3, ...new Uint8Array(23));
  for (;;) {
    for (let count = 0; count < 64; count++) socket.send(packet);
    for (let count = 0; count < 64; count++) socket.recv(packet.slice());
  }
}

/** How long requests take, in milliseconds, one after another. */
async function latencies(count: number): Promise<number[]> {
  const taken: number[] = [];
  for (let made = 0; made < count; made++) {
    const start = performance.now();
    await client.balloonAdjust(1);
    taken.push(performance.now() - start);
  }
  return taken;
}
