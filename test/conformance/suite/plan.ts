/** Builds the peers and plans the sections that a command line asks for. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Protocol } from '../../../codegen/model/protocol.js';
import { ourPeers } from '../our-peers.js';
import { ownSchemas, protocolOf } from '../../schemas.js';
import { executePeerSections, executeSections } from './execute-sections.js';
import { introduce } from './hello.js';
import { type Options, UsageError } from './options.js';
import { type SectionResult, Tally } from './report.js';
import type { Subject } from './session.js';
import {
  type Judged,
  type Plan,
  type Section,
  pairSection,
  receiveSection,
  sendSection,
  traceSections,
} from './sections.js';

const receiveMs = 1000;
const recordedTraces = fileURLToPath(
  new URL('../../../../test/conformance/traces', import.meta.url),
);

export interface Planned extends Disposable {
  readonly sections: readonly Section[];
  /** What was found while planning: foreign peers that say nothing sensible, languages left out. */
  readonly results: readonly SectionResult[];
  readonly leftOut: readonly string[];
  /** What `--only` asks for and no section is called, languages left out aside. */
  readonly unmatched: readonly string[];
}

/** One of our peers on one protocol, whatever its policy. */
type Ours = Subject;

/** @throws UsageError for a schema that has mistakes */
export async function plan(options: Options): Promise<Planned> {
  const protocols = await readProtocols(options.schemas);
  const folder = mkdtempSync(join(tmpdir(), 'vmwire-conformance-'));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  process.on('exit', remove);
  try {
    const sections: Section[] = [];
    const results: SectionResult[] = [];
    const chosen = protocols.map(({ name }) => name);
    for (const protocol of protocols) {
      const limits = { receiveMs, answerMs: options.timeoutMs };
      const planned = { protocol, limits, traces: options.traces ?? recordedTraces };
      const ours = buildable(protocol, folder);
      if (options.peers.length === 0) sections.push(...ownSections(planned, ours));
      for (const [index, command] of options.peers.entries()) {
        const name = options.peers.length === 1 ? 'peer' : `peer ${index + 1}`;
        const found = await foreignSections(planned, chosen, ours, name, command);
        sections.push(...found.sections);
        results.push(found.result);
      }
    }
    return {
      sections: sections.filter(({ id }) => isWanted(id, options.only)),
      results,
      leftOut: ourPeers.flatMap(({ name, missing }) =>
        missing === undefined ? [] : [`${name}: ${missing}`],
      ),
      unmatched: options.only.filter(
        (text) =>
          !sections.some(({ id }) => id.includes(text)) &&
          !ourPeers.some(({ name, missing }) => missing !== undefined && text.includes(name)),
      ),
      [Symbol.dispose]: remove,
    };
  } catch (error) {
    remove();
    throw error;
  }
}

function isWanted(id: string, only: readonly string[]): boolean {
  return only.length === 0 || only.some((text) => id.includes(text));
}

async function readProtocols(schemas: readonly string[]): Promise<Protocol[]> {
  try {
    return await Promise.all((schemas.length > 0 ? schemas : ownSchemas).map(protocolOf));
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

/** Our peers that can be built here. Nothing is built before it's needed, and nothing twice. */
function buildable(protocol: Protocol, folder: string): Ours[] {
  return ourPeers
    .filter(({ missing }) => missing === undefined)
    .map(({ name, build }) => {
      let command: Promise<readonly string[]> | undefined;
      return {
        name,
        command: () => (command ??= build(protocol, join(folder, protocol.name, name))),
      };
    });
}

function judged({ name, command }: Ours, policy: 'strict' | 'crosvm2018'): Judged {
  return {
    name: `${name} ${policy}`,
    command: async () => [...(await command()), '--policy', policy],
    policy,
  };
}

/** Each of our peers under each policy, and every pair. */
function ownSections(planned: Plan, ours: readonly Ours[]): Section[] {
  const strict = ours.map((peer) => judged(peer, 'strict'));
  const crosvm = ours.map((peer) => judged(peer, 'crosvm2018'));
  return [
    ...[...strict, ...crosvm].map((peer) => receiveSection(planned, peer)),
    ...strict.map((peer) => sendSection(planned, peer)),
    ...strict.flatMap((sender) => strict.map((receiver) => pairSection(planned, sender, receiver))),
    ...crosvm.flatMap((peer) => traceSections(planned, peer)),
    ...executeSections(planned, crosvm),
  ];
}

/** A foreign peer alone and against ours. It must speak one of the protocols that were chosen. */
async function foreignSections(
  planned: Plan,
  chosen: readonly string[],
  ours: readonly Ours[],
  name: string,
  shellCommand: string,
): Promise<{ sections: Section[]; result: SectionResult }> {
  const command = (): Promise<readonly string[]> =>
    Promise.resolve(['/bin/sh', '-c', `exec ${shellCommand}`]);
  const { protocol, limits } = planned;
  const tally = new Tally();
  const start = performance.now();
  const found = await introduce(protocol, { name, command }, limits, tally);
  const sections: Section[] = [];
  if (found !== undefined && !chosen.includes(found.protocol)) {
    tally.fail({ name: 'protocol', group: 'hello' }, chosen, found.protocol);
  } else if (found !== undefined && found.protocol !== protocol.name) {
    tally.skip(`all of ${protocol.name}`, 1, `the peer speaks ${found.protocol}`);
  } else if (found !== undefined) {
    const peer = { name: `${name} ${found.policy}`, command, policy: found.policy };
    const partners = ours.map((each) => judged(each, 'strict'));
    sections.push(
      receiveSection(planned, peer),
      sendSection(planned, peer),
      ...partners.flatMap((each) => [
        pairSection(planned, peer, each),
        pairSection(planned, each, peer),
      ]),
      ...traceSections(planned, peer),
      ...executePeerSections(planned, [peer]),
    );
  }
  const result = {
    id: `${protocol.name}/hello/${name}`,
    protocol: protocol.name,
    part: 'hello',
    subject: name,
    groups: tally.groups,
    failures: tally.failures,
    skipped: tally.skipped,
    milliseconds: Math.round(performance.now() - start),
  };
  return { sections, result };
}
