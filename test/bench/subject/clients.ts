/** Many clients, each answered once: `clients.js NAME COUNT`. They stay until standard input ends. */
import { ControlClient } from 'vmwire';

const [abstract = '', count] = process.argv.slice(2);
const clients: ControlClient[] = [];
for (let i = 0; i < Number(count); i++) {
  const client = await ControlClient.connect({ abstract });
  await client.exit();
  clients.push(client);
}
console.log('connected');
process.stdin.on('end', () => clients.forEach((client) => client.close())).resume();
