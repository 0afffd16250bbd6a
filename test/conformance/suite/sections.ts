/** The sections of the suite: which peer does what, on which protocol. */
import type { Protocol } from '../../../codegen/model/protocol.js';
import { receiveCheck, pairCheck, sendCheck } from './checks.js';
import type { Policy } from './cases.js';
import { memfds, type Offered, recordedDescriptors } from './offer.js';
import { receiveCases } from './receive-cases.js';
import { type SectionResult, Tally } from './report.js';
import { runCases, type Role, type Setting } from './run-cases.js';
import { pairCases, sendCases } from './send-cases.js';
import type { Limits, Subject } from './session.js';
import { wireTraces } from './wire-traces.js';

/** A peer whose policy is known. */
export interface Judged extends Subject {
  readonly policy: Policy;
}

/** Something to run, by name. */
export interface Section {
  readonly id: string;
  readonly protocol: string;
  readonly part: string;
  readonly subject: string;
  readonly cases: number;
  readonly run: (tally: Tally) => Promise<void>;
}

export interface Plan {
  readonly protocol: Protocol;
  readonly limits: Limits;
  /** The folder of the recorded traces. */
  readonly traces: string;
}

/** The descriptors of a section, which are closed when it ends. */
async function offering(
  make: () => Offered[],
  run: (offered: readonly Offered[]) => Promise<void>,
): Promise<void> {
  const offered = make();
  try {
    await run(offered);
  } finally {
    for (const { owned } of offered) owned.close();
  }
}

/** A part of the suite on one subject. */
export function section(
  plan: Plan,
  part: string,
  subject: string,
  cases: number,
  run: (setting: Setting) => Promise<void>,
): Section {
  const { name: protocol } = plan.protocol;
  return {
    id: `${protocol}/${part}/${subject}`,
    protocol,
    part,
    subject,
    cases,
    run: (tally) => run({ protocol: plan.protocol, limits: plan.limits, tally }),
  };
}

/** Each peer against the packets that the suite makes. */
export function receiveSection(plan: Plan, subject: Judged): Section {
  const cases = receiveCases(plan.protocol, subject.policy);
  const roles = [{ subject, op: 'recv' }];
  return section(plan, 'receive', subject.name, cases.length, (setting) =>
    offering(memfds, (offered) => runCases(setting, roles, cases, receiveCheck(offered))),
  );
}

/** Each peer's packets, byte by byte. */
export function sendSection(plan: Plan, subject: Judged): Section {
  const cases = sendCases(plan.protocol);
  return section(plan, 'send', subject.name, cases.length, (setting) =>
    runCases(setting, [{ subject, op: 'send' }], cases, sendCheck),
  );
}

/** What one peer sends, the other receives. */
export function pairSection(plan: Plan, sender: Judged, receiver: Judged): Section {
  const cases = pairCases(plan.protocol);
  const roles: Role[] = [
    { subject: sender, op: 'send' },
    { subject: receiver, op: 'recv' },
  ];
  return section(plan, 'pairs', `${sender.name} → ${receiver.name}`, cases.length, (setting) =>
    runCases(setting, roles, cases, pairCheck),
  );
}

/** What the reference made of real traffic; only for protocols that have traces. */
export function traceSections(plan: Plan, subject: Judged): Section[] {
  const { receive, send } = wireTraces(plan.traces, plan.protocol);
  if (receive.length + send.length === 0) return [];
  return [
    section(plan, 'traces', subject.name, receive.length + send.length, async (setting) => {
      await runCases(setting, [{ subject, op: 'send' }], send, sendCheck);
      if (subject.policy === 'strict') {
        const reason = 'recorded from a receiver of crosvm2018; this one is strict';
        setting.tally.skip('packets received', receive.length, reason);
        return;
      }
      await offering(recordedDescriptors, (offered) =>
        runCases(setting, [{ subject, op: 'recv' }], receive, receiveCheck(offered)),
      );
    }),
  ];
}

/** Runs one section. */
export async function runSection(each: Section): Promise<SectionResult> {
  const tally = new Tally();
  const start = performance.now();
  await each.run(tally);
  const { id, protocol, part, subject } = each;
  const { groups, failures, skipped } = tally;
  const milliseconds = Math.round(performance.now() - start);
  return { id, protocol, part, subject, groups, failures, skipped, milliseconds };
}
