/**
 * Hostile clients of every kind, for as long as you like; counts at the start and at the end.
 *
 * Usage: npm run soak -- --minutes N [--seed S]
 * Exit status 1 if an answer was wrong, if anything grew, or if floods made others wait too long; 2 for
 * wrong usage. An interrupt (SIGINT, SIGTERM) ends it early, with the counts so far.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { ControlClient } from '../../runtime/control/client.js';
import { RemoteServer } from './remote-server.js';
import type { ServerCounts } from './server-process.js';
import { type TransportType, runTraffic } from './traffic.js';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '1' },
    seed: { type: 'string', default: '1' },
  },
});
const minutes = Number(values.minutes);
let seed = Number(values.seed);
if (!(minutes > 0) || !Number.isSafeInteger(seed) || seed < 0) {
  console.error(
    'usage: npm run soak -- --minutes N [--seed S]: N above 0, S a whole number from 0',
  );
  process.exit(2);
}
const deadline = Date.now() + minutes * 60_000;

const program = fileURLToPath(new URL('client-process.js', import.meta.url));

/** A client in a group of its own: an interrupt from the terminal is for this process alone. */
async function startClient(server: RemoteServer, stage: string): Promise<ChildProcess> {
  const child = fork(program, [server.path, stage], { detached: true });
  await once(child, 'message');
  return child;
}

const stages = ['connected', 'asked', 'registered', 'unregistered'] as const;
const packetsPerRound = 20_000;
const samplesPerRound = 500;
/** The heap of V8 comes and goes; a leak of 100 bytes a packet exceeds it within a million packets. */
const mostGrowth = 48 << 20;
const mostSlower = 5;

const done = { packets: 0, refused: 0, served: 0, kills: 0, floods: 0 };
/** Milliseconds of requests: alone, beside a process that only keeps a CPU busy, beside one that floods. */
const times = { quiet: [] as number[], busy: [] as number[], flood: [] as number[] };
const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());

async function traffic(server: RemoteServer, type: TransportType, count: number): Promise<void> {
  const { sent, refused, politeServed } = await runTraffic(server, type, seed++, count);
  done.packets += sent;
  done.refused += refused;
  done.served += politeServed;
}

/** A client is killed in each stage; what it registered is unregistered by another. */
async function killClients(server: RemoteServer, client: ControlClient): Promise<void> {
  for (const stage of stages) {
    const child = await startClient(server, stage);
    const exit = once(child, 'exit');
    child.kill('SIGKILL');
    await exit;
    done.kills++;
    const { slots } = await server.until('one client', ({ clients }) => clients === 1);
    if (slots > 0) await client.unregisterMemory(1);
  }
}

/** How long requests take, in milliseconds, one after another. */
async function latencies(client: ControlClient): Promise<number[]> {
  const taken: number[] = [];
  for (let count = 0; count < samplesPerRound; count++) {
    const start = performance.now();
    await client.balloonAdjust(1);
    taken.push(performance.now() - start);
    done.served++;
  }
  return taken;
}

async function beside(
  stage: 'busy' | 'flood',
  server: RemoteServer,
  client: ControlClient,
): Promise<void> {
  const child = await startClient(server, stage);
  times[stage].push(...(await latencies(client)));
  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  await exit;
}

async function underFlood(server: RemoteServer, client: ControlClient): Promise<void> {
  times.quiet.push(...(await latencies(client)));
  await beside('busy', server, client);
  await beside('flood', server, client);
  done.floods++;
}

function p99(of: readonly number[]): number {
  return of.toSorted((a, b) => a - b)[Math.floor(of.length * 0.99)] ?? 0;
}

const still = (server: RemoteServer): Promise<ServerCounts> =>
  server.until('quiet', ({ clients }) => clients === 0);

/** What grew, by name. */
function growth(before: ServerCounts, after: ServerCounts): string[] {
  const counted = ['descriptors', 'mappings', 'threads', 'slots', 'clients'] as const;
  const grown: string[] = counted.filter((name) => after[name] > before[name]);
  if (after.residentMemory > before.residentMemory + mostGrowth) grown.push('residentMemory');
  return grown;
}

using seqpacket = await RemoteServer.start({ type: 'seqpacket' });
using datagram = await RemoteServer.start({ type: 'datagram' });

async function round(packets: number): Promise<void> {
  await traffic(seqpacket, 'seqpacket', packets);
  await traffic(datagram, 'datagram', packets >> 2);
  using client = await ControlClient.connect(seqpacket.path);
  await killClients(seqpacket, client);
  await underFlood(seqpacket, client);
}

let failures: string[] = [];
// Whatever is opened once is open, and the heap has found its size.
await round(packetsPerRound);
const before = [await still(seqpacket), await still(datagram)] as const;
try {
  while (Date.now() < deadline && !stop.signal.aborted) await round(packetsPerRound);
} catch (error) {
  failures = [String(error)];
}
const after = [await still(seqpacket), await still(datagram)] as const;
console.log(`seeds ${values.seed} to ${seed - 1}`);
console.table(done);
console.table({
  'seqpacket, start': before[0],
  'seqpacket, end': after[0],
  'datagram, start': before[1],
  'datagram, end': after[1],
});
failures.push(...growth(before[0], after[0]).map((name) => `seqpacket: ${name} grew`));
failures.push(...growth(before[1], after[1]).map((name) => `datagram: ${name} grew`));
// With fewer CPUs than busy processes, any neighbour makes others wait: only more than that is the flood's.
const slower = p99(times.flood) / p99(times.busy);
const figures = Object.entries(times).map(([name, of]) => `${name} ${p99(of).toFixed(3)} ms`);
console.log(
  `p99: ${figures.join(', ')}; a flood costs ${slower.toFixed(1)} times what a busy neighbour does`,
);
if (slower > mostSlower)
  failures.push(`floods make others wait ${slower.toFixed(1)} times as long`);
for (const failure of failures) console.log(`FAILED: ${failure}`);
process.exitCode = failures.length === 0 ? 0 : 1;
