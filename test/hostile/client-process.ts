/** A client that stops in the middle of a conversation, to be killed there. */
import { ControlClient } from '../../runtime/control/client.js';
import { SharedMemory } from '../../runtime/memory/shared-memory.js';

/** Where it stops. */
export const stages = ['connected', 'asked', 'registered', 'unregistered'] as const;

const [, , path = '', stage] = process.argv;
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
