/** The recorded requests, executed: by our runtime on each kind of VM, and by peers that can. */
import { packet } from '../../../codegen/cases/packets.js';
import type { Message } from '../../../codegen/model/protocol.js';
import { targets } from '../../control/targets.js';
import { descriptorFor } from '../execute/bad-descriptors.js';
import { expectedAnswers, type Expected } from '../execute/exceptions.js';
import {
  breaksBalloon,
  executeRows,
  type ExecuteRow,
  type TracedMessage,
  vmRuns,
} from '../execute/rows.js';
import {
  outcomeOf,
  type RowOutcome,
  runExecuteTraces,
  staleExceptions,
} from '../execute/run-traces.js';
import { Bench } from './bench.js';
import { receivePacket } from './checks.js';
import { sendHandMade } from './hand-made.js';
import { PeerFailure } from './peer-driver.js';
import type { Tally } from './report.js';
import { type Judged, type Plan, type Section, section } from './sections.js';
import { tracedProtocol } from './wire-traces.js';

/** Our runtime in this process, on every kind of VM; and our peers. */
export function executeSections(plan: Plan, peers: readonly Judged[]): Section[] {
  const rows = rowsOf(plan);
  if (rows.length === 0) return [];
  const here = targets.map((kind) =>
    section(plan, 'execute', `on ${kind.name}`, rows.length, ({ tally }) => {
      if (kind.missing === undefined) judge(runExecuteTraces(kind, rows), tally);
      else tally.skip('all cases', rows.length, kind.missing);
      return Promise.resolve();
    }),
  );
  return [...here, ...executePeerSections(plan, peers)];
}

/** Peers that know the order `execute`. */
export function executePeerSections(plan: Plan, peers: readonly Judged[]): Section[] {
  const rows = rowsOf(plan);
  if (rows.length === 0) return [];
  return peers.map((peer) =>
    section(plan, 'execute', peer.name, rows.length, async ({ tally }) => {
      try {
        await runPeer(plan, peer, rows, tally);
      } catch (error) {
        if (!(error instanceof PeerFailure)) throw error;
        tally.fail({ name: 'the peer', group: 'execute' }, 'an answer', error.message);
      }
    }),
  );
}

function rowsOf({ protocol, traces }: Plan): ExecuteRow[] {
  return protocol.name === tracedProtocol ? executeRows(traces) : [];
}

function judge(outcomes: readonly RowOutcome[], tally: Tally): void {
  for (const outcome of outcomes) count(outcome, tally);
  for (const { name } of staleExceptions(outcomes))
    tally.fail({ name, group: 'exceptions' }, 'a row that needs it', 'none: it can go');
}

function count({ row, answer, got, problem }: RowOutcome, tally: Tally): void {
  const group = `trace ${row.section}`;
  tally.ran(group);
  if (problem !== undefined)
    tally.fail({ name: `${row.section} ${row.name}: ${problem}`, group }, answer, got);
}

/** Why a row can't be tried through a socket, or undefined. */
function obstacle(row: ExecuteRow): string | undefined {
  if (row.request === undefined) return 'it never travels';
  if (row.section === 'nomem-vm') return 'the VM of a peer has memory';
  return breaksBalloon(row) ? 'the far end of the balloon is in the peer' : undefined;
}

async function runPeer(
  plan: Plan,
  peer: Judged,
  rows: readonly ExecuteRow[],
  tally: Tally,
): Promise<void> {
  if (peer.policy === 'strict') {
    tally.skip('all cases', rows.length, 'recorded under crosvm2018; this peer is strict');
    return;
  }
  const travelling = rows.filter((row) => obstacle(row) === undefined);
  for (const { section: name, rows: ofVm } of vmRuns(travelling)) {
    await using bench = await Bench.start(plan.protocol, [peer], plan.limits);
    if (!bench.first.ops.has('execute')) {
      tally.skip('all cases', rows.length, `${peer.name} has no execute`);
      return;
    }
    for (const expected of expectedAnswers(ofVm)) await executeRow(plan, bench, expected, tally);
    const problem = await bench.first.driver.quit();
    if (problem !== undefined) tally.fail({ name, group: 'quit' }, 'status 0', problem);
  }
  for (const reason of new Set(rows.map(obstacle)))
    if (reason !== undefined)
      tally.skip('rows', rows.filter((row) => obstacle(row) === reason).length, reason);
}

async function executeRow(
  plan: Plan,
  bench: Bench,
  expected: Expected,
  tally: Tally,
): Promise<void> {
  const { exchange } = plan.protocol;
  const { request } = expected.row;
  if (exchange === undefined || request === undefined) throw new Error('nothing to send');
  const memory = descriptorFor(expected.row);
  try {
    const bytes = bytesOf(exchange.request, request);
    sendHandMade(bench.socket, bytes, memory === undefined ? [] : [memory]);
  } finally {
    memory?.close();
  }
  const [answer = {}] = await bench.first.driver.ask({ op: 'execute' });
  const { response, next_pfn, running, balloon } = answer;
  const got = { response, next_pfn, running, ...(typeof balloon === 'string' ? { balloon } : {}) };
  // Peers don't tell where they were before.
  const { next_pfn_before, response: wanted } = expected.answer;
  const outcome = outcomeOf(expected, { ...got, next_pfn_before });
  count(outcome, tally);
  const wire = Buffer.from(bytesOf(exchange.response, wanted)).toString('hex');
  const sent = receivePacket(bench)?.bytes;
  if (sent !== wire && outcome.problem === undefined)
    tally.fail({ name: expected.row.name, group: 'response' }, wire, sent ?? 'no packet');
}

/** The packet of a message without arrays, as all recorded ones are. */
function bytesOf(message: Message, { variant: name, fields }: TracedMessage): Uint8Array {
  const variant = message.variants.find((each) => each.name === name);
  if (variant === undefined) throw new Error(`${message.name} has no variant ${name}`);
  const values = Object.entries(fields).map(
    ([member, value]) => [member, [BigInt(value)]] as const,
  );
  return Uint8Array.from(packet(message, variant, new Map(values)));
}
