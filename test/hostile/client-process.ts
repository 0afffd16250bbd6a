/** A client that stops in the middle of a conversation, or never stops, to be killed there. */
import { ControlClient } from '../../runtime/control/client.js';
import { FdSocket, socketPair } from '../../runtime/sockets/fd-socket.js';
import { SharedMemory } from '../../runtime/memory/shared-memory.js';

/** Where it stops: `connected`, `asked`, `registered`, `unregistered`; or `flood`, or `busy`. */
const [, , path = '', stage] = process.argv;
if (stage === 'flood') flood(FdSocket.connect(path));
if (stage === 'busy') busy();
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

/** As much work for the machine, and none for the server; for a minute, should nobody end it. */
function busy(): never {
  const [near, far] = socketPair('seqpacket');
  process.send?.('ready');
  const packet = new Uint8Array(24);
  for (const end = Date.now() + 60_000; Date.now() < end;) {
    near.send(packet);
    far.recv(packet);
  }
  process.exit();
}
