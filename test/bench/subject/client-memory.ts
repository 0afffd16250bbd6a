/**
 * What a server keeps for each of `count` clients, after garbage collection, in bytes: on the
 * JavaScript heap and in buffers; and of resident memory.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { ControlServer, ExecuteContext, SimulatedVm } from 'vmwire';
import { serveFigures } from './counts.js';

const abstract = `vmwire-bench-memory-${process.pid}`;
const server = new ControlServer(new ExecuteContext(new SimulatedVm()));
server.listen({ abstract }, { allowAbstract: true, backlog: 4096 });
const clients = fileURLToPath(new URL('./clients.js', import.meta.url));

async function memory(): Promise<{ heap: number; resident: number }> {
  // Twice: finalizers run in between.
  global.gc?.();
  await sleep(50);
  global.gc?.();
  const { heapUsed, external, rss } = process.memoryUsage();
  return { heap: heapUsed + external, resident: rss };
}

async function withClients<T>(count: number, measure: () => Promise<T>): Promise<T> {
  const child = spawn(process.execPath, [clients, abstract, `${count}`], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  if (server.clients !== count) throw new Error(`${server.clients} clients are connected`);
  const result = await measure();
  child.stdin.end();
  await once(child, 'exit');
  while (server.clients > 0) await sleep(10);
  return result;
}

// What the first clients need once and for all is not for each of them.
await withClients(50, memory);
await serveFigures(async (count) => {
  const before = await memory();
  const { heap, resident } = await withClients(count, memory);
  return [(heap - before.heap) / count, Math.max(0, (resident - before.resident) / count)];
});
