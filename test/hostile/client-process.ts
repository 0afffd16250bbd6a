/** A client that stops in the middle of a conversation, or never stops, to be killed there. */
import { ControlClient } from '../../runtime/control/client.js';
import { FdSocket } from '../../runtime/sockets/fd-socket.js';
import { SharedMemory } from '../../runtime/memory/shared-memory.js';

/** Where it stops: `connected`, `asked`, `registered`, `unregistered`; or `flood`. */
const [, , path = '', stage] = process.argv;
if (stage === 'flood') flood();
const client = await ControlClient.connect(path);
if (stage !== 'connected') {
  const memory = SharedMemory.create({ name: 'killed', size: 4096 });
  if (stage === 'asked') {
    client.sendSync({ type: 'registerMemory', memory, size: 4096n });
  } else {
    const { slot } = await client.registerMemory(memory);
    if (stage === 'unregistered') await client.unregisterMemory(slot);
  }
}
process.send?.('ready');
// Until the signal comes.
setInterval(() => {}, 60_000);

/** As many requests as the socket takes before it reads an answer, for ever. */
function flood(): never {
  const socket = FdSocket.connect(path);
  process.send?.('ready');
  const packet = Uint8Array.of(3, ...new Uint8Array(23));
  for (;;) {
    for (let count = 0; count < 64; count++) socket.send(packet);
    for (let count = 0; count < 64; count++) socket.recv(packet.slice());
  }
}
