/** Plants every fault in one of our peers and sees that the suite names a case for it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Protocol } from '../../codegen/model/protocol.js';
import { testIf } from '../skip.js';
import type { OurPeer } from './our-peers.js';
import { ownSchemas, protocolOf } from '../schemas.js';
import { receiveCheck, sendCheck } from './suite/checks.js';
import type { Policy } from './suite/cases.js';
import { memfds } from './suite/offer.js';
import { receiveCases } from './suite/receive-cases.js';
import { type Failure, Tally } from './suite/report.js';
import { runCases } from './suite/run-cases.js';
import { sendCases } from './suite/send-cases.js';

interface Fault {
  readonly names: string;
  readonly part: 'send' | 'receive';
  readonly policy: Policy;
  /** The group and the name of a case that must fail. */
  readonly group: string;
  readonly caught: string;
  /** What must stand in the failure. */
  readonly got: RegExp;
}

const strict = { policy: 'strict' } as const;

const faults: readonly Fault[] = [
  {
    ...strict,
    names: 'offset',
    part: 'send',
    group: 'values',
    caught: 'vm_request unregister_memory fds=0',
    got: /"bytes"/,
  },
  {
    ...strict,
    names: 'offset',
    part: 'receive',
    group: 'values',
    caught: 'vm_request unregister_memory fds=0',
    got: /"slot"/,
  },
  {
    ...strict,
    names: 'tag',
    part: 'send',
    group: 'values',
    caught: 'vm_request exit fds=0',
    got: /"bytes":"02/,
  },
  {
    ...strict,
    names: 'padding',
    part: 'send',
    group: 'values',
    caught: 'vm_request exit fds=0',
    got: /"bytes":"01000000a5/,
  },
  {
    ...strict,
    names: 'leak',
    part: 'receive',
    group: 'descriptors',
    caught: 'vm_request exit fds=1',
    got: /(\d+) descriptors before, \d+ after/,
  },
  {
    ...strict,
    names: 'cut',
    part: 'receive',
    group: 'lengths',
    caught: 'vm_request exit length=25 fds=0',
    got: /"variant":"exit"/,
  },
  {
    ...strict,
    names: 'surplus',
    part: 'receive',
    group: 'descriptors',
    caught: 'vm_request exit fds=1',
    got: /"variant":"exit"/,
  },
  {
    ...strict,
    names: 'order',
    part: 'receive',
    group: 'bad packets',
    caught: 'vm_request exit with an unknown tag, one byte short fds=0',
    got: /invalid_type/,
  },
  {
    names: 'wrong-end',
    policy: 'crosvm2018',
    part: 'receive',
    group: 'room',
    caught: 'vm_request register_memory max_fds=2 fds=2',
    got: /"size":"1000"/,
  },
];

/** Our runtime has no switch for this: it always asks for close-on-exec. */
const cloexec: Fault = {
  ...strict,
  names: 'leak,cloexec',
  part: 'receive',
  group: 'descriptors',
  caught: 'vm_request exit fds=1',
  got: /not close-on-exec/,
};

/** Registers a test for each fault of the peer, and one that the healthy peer passes the same cases. */
export function testSaboteurs(test: Test, peer: OurPeer): void {
  const folder = mkdtempSync(join(tmpdir(), `vmwire-saboteur-${peer.name}-`));
  let built: Promise<{ protocol: Protocol; command: readonly string[] }> | undefined;
  const build = async (): Promise<{ protocol: Protocol; command: readonly string[] }> => {
    const schema = ownSchemas.find((file) => file.endsWith('/vm_control.ksy')) ?? '';
    const protocol = await protocolOf(schema);
    return { protocol, command: await peer.build(protocol, join(folder, 'built')) };
  };

  /** Groups that the peer passes without a fault. */
  const healthy = new Set<string>();

  /** The failures of the cases of the fault's group. */
  const failuresOf = async (
    { part, policy, group }: Fault,
    args: readonly string[],
  ): Promise<readonly Failure[]> => {
    built ??= build();
    const { protocol, command } = await built;
    const tally = new Tally();
    const setting = { protocol, limits: { receiveMs: 1000, answerMs: 10_000 }, tally };
    const whole = Promise.resolve([...command, '--policy', policy, ...args]);
    const roles = [
      { subject: { name: peer.name, command: () => whole }, op: part === 'send' ? 'send' : 'recv' },
    ];
    if (part === 'send') {
      const cases = sendCases(protocol).filter((each) => each.group === group);
      await runCases(setting, roles, cases, sendCheck);
    } else {
      const offered = memfds();
      const cases = receiveCases(protocol, policy).filter((each) => each.group === group);
      await runCases(setting, roles, cases, receiveCheck(offered));
      for (const { owned } of offered) owned.close();
    }
    assert.equal(tally.skipped, []);
    return tally.failures;
  };

  for (const fault of peer.name === 'typescript' ? faults : [...faults, cloexec]) {
    const name = `${peer.name} with the fault ${fault.names}: ${fault.part} names ${fault.caught}`;
    testIf(test, peer.missing, name, async () => {
      const { part, policy, group } = fault;
      const key = [part, policy, group].join();
      if (!healthy.has(key)) assert.equal(await failuresOf(fault, []), [], 'without the fault');
      healthy.add(key);
      const failures = await failuresOf(fault, ['--sabotage', fault.names]);
      const named = failures.filter((each) => each.name === fault.caught);
      assert.ok(named.length > 0, `${failures.length} failures, but not this one`);
      assert.ok(
        named.some(({ got }) => fault.got.test(JSON.stringify(got))),
        JSON.stringify(named),
      );
    });
  }

  test.after(() => {
    rmSync(folder, { recursive: true });
  });
}
