/** The first words with a peer: who it is, and whether it keeps to one answer for each order. */
import { isDeepStrictEqual } from 'node:util';
import type { Protocol } from '../../../codegen/model/protocol.js';
import { Bench } from './bench.js';
import type { Policy } from './cases.js';
import { PeerFailure } from './peer-driver.js';
import type { Tally } from './report.js';
import type { Limits, Subject } from './session.js';

/** What a peer says about itself. */
export interface Introduction {
  readonly protocol: string;
  readonly policy: Policy;
}

const named = (name: string): { name: string; group: string } => ({ name, group: 'hello' });

/**
 * Starts a peer and listens to its `hello`.
 *
 * @returns undefined if it can't be judged; the tally says why
 */
export async function introduce(
  protocol: Protocol,
  subject: Subject,
  limits: Limits,
  tally: Tally,
): Promise<Introduction | undefined> {
  tally.ran('hello');
  try {
    await using bench = await Bench.start(protocol, [subject], limits);
    const { hello, driver } = bench.first;
    const introduction = introductionIn(hello);
    if (introduction === undefined) {
      const expected = 'ok, peer, protocol, policy (strict or crosvm2018) and ops';
      tally.fail(named('hello'), expected, hello);
      return undefined;
    }
    tally.ran('hello');
    const [unknown] = await driver.ask({ op: 'no_such_order' });
    const expected = { ok: false, error: 'unsupported' };
    if (!isDeepStrictEqual({ ok: unknown?.['ok'], error: unknown?.['error'] }, expected))
      tally.fail(named('an unknown order'), expected, unknown);
    tally.ran('hello');
    const problem = await driver.quit();
    if (problem !== undefined) tally.fail(named('quit'), 'status 0', problem);
    return introduction;
  } catch (error) {
    if (!(error instanceof PeerFailure)) throw error;
    tally.fail(named('hello'), 'an answer', error.message);
    return undefined;
  }
}

function introductionIn(hello: Readonly<Record<string, unknown>>): Introduction | undefined {
  const { ok, protocol, policy, ops } = hello;
  if (ok !== true || typeof protocol !== 'string' || !Array.isArray(ops)) return undefined;
  return policy === 'strict' || policy === 'crosvm2018' ? { protocol, policy } : undefined;
}
