/** Compares two revisions of a protocol. The ids of the schemas don't count. */
import type { Exchange, Message, Protocol } from '../model/protocol.js';
import { answerTo } from '../model/queries.js';
import { type Flow, finding, type WireRules } from './flow.js';
import { compareMessage } from './message.js';
import {
  type Age,
  type Direction,
  type Finding,
  type Pairing,
  type Report,
  summarize,
  worst,
} from './report.js';

/** The same message in both revisions, by its part in the exchange or by its name. */
interface Pair {
  readonly packets: Direction['packets'];
  readonly old: Message | undefined;
  readonly new: Message | undefined;
}

/** What happens between peers of different age, whose packets lie by these rules. */
export function compareRevisions(before: Protocol, after: Protocol, rules: WireRules): Report {
  const pairs = pairMessages(before, after);
  const protocol = summarize(compareSettings(before, after));
  const pairings = [
    comparePairing('old', before, after, pairs, rules),
    comparePairing('new', before, after, pairs, rules),
  ];
  return {
    old: { file: before.location.file, protocol: before.name },
    new: { file: after.location.file, protocol: after.name },
    verdict: worst([protocol, ...pairings].flatMap((part) => [part.strict, part.crosvm2018])),
    protocol,
    pairings,
  };
}

function pairMessages(before: Protocol, after: Protocol): readonly Pair[] {
  const byRole: Pair[] = [];
  if (before.exchange !== undefined && after.exchange !== undefined)
    byRole.push(
      { packets: 'requests', old: before.exchange.request, new: after.exchange.request },
      { packets: 'responses', old: before.exchange.response, new: after.exchange.response },
    );
  const paired = new Set(byRole.flatMap((pair) => [pair.old, pair.new]));
  const rest = (protocol: Protocol) =>
    new Map(
      protocol.messages
        .filter((message) => !paired.has(message))
        .map((message) => [message.name, message]),
    );
  const old = rest(before);
  const now = rest(after);
  const byName = [...new Set([...old.keys(), ...now.keys()])].map((name) => ({
    packets: 'messages' as const,
    old: old.get(name),
    new: now.get(name),
  }));
  return [...byRole, ...byName];
}

/** What holds for every packet. */
function compareSettings(before: Protocol, after: Protocol): readonly Finding[] {
  const base = {
    subject: after.name,
    old: before.location,
    new: after.location,
  };
  const same = { strict: 'identical', crosvm2018: 'identical' } as const;
  const findings: Finding[] = [];
  if (before.transport !== after.transport)
    findings.push({
      ...base,
      change: 'transport',
      strict: 'breaking',
      crosvm2018: 'breaking',
      reason: `a ${before.transport} socket can't speak to a ${after.transport} socket (EPROTOTYPE)`,
    });
  if (before.maxFds !== after.maxFds)
    findings.push({
      ...base,
      ...same,
      change: 'max_fds',
      reason: `receivers have room for ${after.maxFds} descriptors instead of ${before.maxFds}`,
    });
  if ((before.exchange === undefined) !== (after.exchange === undefined))
    findings.push({
      ...base,
      ...same,
      change: 'exchange',
      reason: `only the ${after.exchange ? 'new' : 'old'} schema says what is a request and what a response`,
    });
  return findings;
}

function comparePairing(
  client: Age,
  before: Protocol,
  after: Protocol,
  pairs: readonly Pair[],
  rules: WireRules,
): Pairing {
  const server = other(client);
  const directions = pairs.flatMap((pair) => {
    const senders = { requests: [client], responses: [server], messages: [client, server] };
    return senders[pair.packets].map((sender) =>
      compareDirection(client, sender, pair, before, after, rules),
    );
  });
  const { strict, crosvm2018 } = summarize(directions.flatMap(({ findings }) => findings));
  return { client, server, strict, crosvm2018, directions };
}

function other(age: Age): Age {
  return age === 'old' ? 'new' : 'old';
}

function compareDirection(
  client: Age,
  sender: Age,
  pair: Pair,
  before: Protocol,
  after: Protocol,
  rules: WireRules,
): Direction {
  const receiver = other(sender);
  const role = (age: Age) => `the ${age} ${age === client ? 'client' : 'server'}`;
  const sent = pair[sender];
  const read = pair[receiver];
  const findings: Finding[] = [];
  if (sent !== undefined && read !== undefined) {
    const room = (receiver === 'old' ? before : after).maxFds;
    const flow = { sender, sent, read, room, from: role(sender), to: role(receiver) };
    findings.push(...compareMessage(flow, rules));
    const [server, peer] = sender === 'old' ? [before, after] : [after, before];
    if (pair.packets === 'responses' && server.exchange && peer.exchange)
      findings.push(...compareAnswers(flow, server.exchange, peer.exchange));
  } else if (sent !== undefined) findings.push(loneMessage(sender, sent, role(receiver)));
  return {
    packets: pair.packets,
    oldName: pair.old?.name,
    newName: pair.new?.name,
    sender,
    receiver,
    ...summarize(findings),
  };
}

function loneMessage(sender: Age, message: Message, to: string): Finding {
  const verdict = sender === 'new' ? 'additive' : 'breaking';
  return {
    change: sender === 'new' ? 'message_added' : 'message_removed',
    subject: message.name,
    reason: `${to} doesn't know the message \`${message.name}\``,
    strict: verdict,
    crosvm2018: verdict,
    old: sender === 'old' ? message.location : undefined,
    new: sender === 'new' ? message.location : undefined,
  };
}

/** Which response answers which request, and which one is the error. */
function compareAnswers(flow: Flow, server: Exchange, client: Exchange): readonly Finding[] {
  const findings: Finding[] = [];
  if (server.error.tag !== client.error.tag)
    findings.push(
      finding(
        flow,
        'exchange',
        server.response.name,
        'breaking',
        `${flow.from} reports errors with \`${server.error.name}\` (tag ${server.error.tag}), ${flow.to} waits for tag ${client.error.tag}`,
        { sent: server.error, read: client.error },
      ),
    );
  for (const asked of client.request.variants) {
    const answered = server.request.variants.find(
      ({ tag, name }) => tag === asked.tag && name === asked.name,
    );
    if (answered === undefined) continue;
    const sent = answerTo(server, answered);
    const awaited = answerTo(client, asked);
    if (sent?.tag === awaited?.tag) continue;
    const known = sent !== undefined && awaited !== undefined;
    findings.push(
      finding(
        flow,
        'response',
        `${client.request.name}.${asked.name}`,
        known ? 'breaking' : 'identical',
        known
          ? `${flow.from} answers \`${asked.name}\` with \`${sent.name}\` (tag ${sent.tag}), ${flow.to} waits for \`${awaited.name}\` (tag ${awaited.tag})`
          : `only one schema says what answers \`${asked.name}\``,
        { sent: answered, read: asked },
      ),
    );
  }
  return findings;
}
