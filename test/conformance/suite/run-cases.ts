/** Runs the cases of a section one by one, and gives up on a peer that breaks down again and again. */
import type { Protocol } from '../../../codegen/model/protocol.js';
import { Bench } from './bench.js';
import { PeerFailure } from './peer-driver.js';
import { Tally } from './report.js';
import type { Limits, Subject } from './session.js';

/** After so many breakdowns of a peer, the rest of a section is not tried. */
const mostBreakdowns = 3;

export interface Setting {
  readonly protocol: Protocol;
  readonly limits: Limits;
  readonly tally: Tally;
}

/** One peer of a section, and the order that it must know. */
export interface Role {
  readonly subject: Subject;
  readonly op: string;
}

interface Named {
  readonly name: string;
  readonly group: string;
}

/** Tells the tally what is wrong with a case. @throws PeerFailure if the peer can't go on */
export type Check<C> = (bench: Bench, each: C, tally: Tally) => Promise<void>;

/** Runs every case. A peer that breaks down is started again, and the case that broke it is named. */
export async function runCases<C extends Named>(
  { protocol, limits, tally }: Setting,
  roles: readonly Role[],
  cases: readonly C[],
  check: Check<C>,
): Promise<void> {
  const subjects = roles.map(({ subject }) => subject);
  let bench: Bench | undefined;
  let breakdowns = 0;
  try {
    for (const [index, each] of cases.entries()) {
      try {
        if (bench === undefined) {
          bench = await Bench.start(protocol, subjects, limits);
          if (leavesOut(bench, roles, cases.length, index === 0, tally)) return;
          // What a program opens on first use is no leak.
          await check(bench, each, new Tally());
        }
        tally.ran(each.group);
        await check(bench, each, tally);
      } catch (error) {
        if (!(error instanceof PeerFailure)) throw error;
        tally.fail(each, 'an answer', error.message);
        await bench?.[Symbol.asyncDispose]();
        bench = undefined;
        // Waiting for it again and again would take for ever.
        breakdowns += error.hangs ? mostBreakdowns : 1;
        if (breakdowns < mostBreakdowns) continue;
        tally.skip(
          'the rest',
          cases.length - index - 1,
          error.hangs ? 'the peer hangs' : `the peer broke down ${breakdowns} times`,
        );
        return;
      }
    }
    for (const session of bench?.sessions ?? []) {
      const problem = await session.driver.quit();
      if (problem !== undefined) tally.fail({ name: 'quit', group: 'quit' }, 'status 0', problem);
    }
  } finally {
    await bench?.[Symbol.asyncDispose]();
  }
}

/** Notes what the peers can't do. @returns whether nothing is left to do */
function leavesOut(
  bench: Bench,
  roles: readonly Role[],
  count: number,
  first: boolean,
  tally: Tally,
): boolean {
  for (const [index, { ops }] of bench.sessions.entries()) {
    const { subject, op = '' } = roles[index] ?? {};
    if (!ops.has(op)) {
      tally.skip('all cases', count, `${subject?.name} has no ${op}`);
      return true;
    }
    if (first && !ops.has('descriptors'))
      tally.skip('counts of descriptors', count, `${subject?.name} has no descriptors`);
  }
  return false;
}
