/**
 * Hostile clients of every kind, for as long as you like; counts at the start and at the end.
 *
 * Usage: npm run soak -- --minutes N [--seed S]
 * Exit status 1 if an answer was wrong, if anything grew, or if floods made others wait too long; 2 for
 * wrong usage. An interrupt (SIGINT, SIGTERM) ends it early, with the counts so far.
 */
import { exitWithUsage, parseOrExit } from '../../runtime/cli/parse-or-exit.js';
import { ControlClient } from '../../runtime/control/client.js';
import { floodLatency, whyNotPlaced } from './flood-latency.js';
import { kill, startClient } from './remote-client.js';
import { RemoteServer } from './remote-server.js';
import type { ServerCounts } from './server-process.js';
import { type TransportType, runTraffic } from './traffic.js';

const usage = 'npm run soak -- --minutes N [--seed S]: N above 0, S a whole number from 0';
const { values } = parseOrExit(
  {
    options: {
      minutes: { type: 'string', default: '1' },
      seed: { type: 'string', default: '1' },
    },
  },
  usage,
);
const minutes = Number(values.minutes);
let seed = Number(values.seed);
if (!(minutes > 0)) exitWithUsage(`--minutes ${values.minutes}: not a time`, usage);
if (!Number.isSafeInteger(seed) || seed < 0) exitWithUsage(`--seed ${values.seed}: no seed`, usage);
const deadline = Date.now() + minutes * 60_000;

const stages = ['connected', 'asked', 'registered', 'unregistered'] as const;
const packetsPerRound = 20_000;
const samplesPerRound = 500;
/** With fewer, the hundredth part is a handful of them. */
const fewestSamples = 5_000;
/** Bytes. Live objects hardly move; what the process has from the kernel comes and goes with V8's heap. */
const mostGrowth = { heapUsed: 4 << 20, residentMemory: 48 << 20 };
/** How many times as long others may wait while one floods (p99). */
const mostSlower = 5;

const done = { packets: 0, refused: 0, served: 0, kills: 0, floods: 0 };
const times = { quiet: [] as number[], flood: [] as number[] };
const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());

async function traffic(server: RemoteServer, type: TransportType, count: number): Promise<void> {
  const { sent, refused, politeServed } = await runTraffic(server, type, seed++, count);
  done.packets += sent;
  done.refused += refused;
  done.served += politeServed;
}

/** A client is killed in each stage; what it registered is unregistered by another. */
async function killClients(server: RemoteServer): Promise<void> {
  using client = await ControlClient.connect(server.path);
  for (const stage of stages) {
    await kill(await startClient(server, stage));
    done.kills++;
    const { slots } = await server.until('one client', ({ clients }) => clients === 1);
    if (slots > 0) await client.unregisterMemory(1);
  }
}

const unplaced = whyNotPlaced();

async function flood(server: RemoteServer): Promise<void> {
  if (unplaced !== undefined) return;
  const taken = await floodLatency(server, samplesPerRound);
  times.quiet.push(...taken.quiet);
  times.flood.push(...taken.flood);
  done.served += taken.quiet.length + taken.flood.length;
  done.floods++;
}

function p99(of: readonly number[]): number {
  return of.toSorted((a, b) => a - b)[Math.floor(of.length * 0.99)] ?? 0;
}

/** What grew, by name. */
function growth(before: ServerCounts, after: ServerCounts): string[] {
  const counted = ['descriptors', 'mappings', 'threads', 'slots', 'clients'] as const;
  const sized = ['heapUsed', 'residentMemory'] as const;
  return [
    ...counted.filter((name) => after[name] > before[name]),
    ...sized.filter((name) => after[name] > before[name] + mostGrowth[name]),
  ];
}

using seqpacket = await RemoteServer.start({ type: 'seqpacket' });
using datagram = await RemoteServer.start({ type: 'datagram' });

async function round(packets: number): Promise<void> {
  await traffic(seqpacket, 'seqpacket', packets);
  await traffic(datagram, 'datagram', packets >> 2);
  await killClients(seqpacket);
  await flood(seqpacket);
}

let failures: string[] = [];
// Whatever is opened once is open, and the heap has found its size.
await round(packetsPerRound);
const before = [await seqpacket.quiet(), await datagram.quiet()] as const;
try {
  while (Date.now() < deadline && !stop.signal.aborted) await round(packetsPerRound);
} catch (error) {
  failures = [String(error)];
}
const after = [await seqpacket.quiet(), await datagram.quiet()] as const;
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
const figures = Object.entries(times).map(([name, of]) => `${name} ${p99(of).toFixed(3)} ms`);
const slower = p99(times.flood) / p99(times.quiet);
const unjudged = unplaced ?? (times.flood.length < fewestSamples ? 'too few samples' : undefined);
if (unjudged === undefined)
  console.log(`p99 of a request: ${figures.join(', ')}: ${slower.toFixed(1)} times`);
else console.log(`SKIPPED: how long others wait beside a flood: ${unjudged}`);
if (unjudged === undefined && slower > mostSlower)
  failures.push(`floods make others wait ${slower.toFixed(1)} times as long`);
for (const failure of failures) console.log(`FAILED: ${failure}`);
process.exitCode = failures.length === 0 ? 0 : 1;
