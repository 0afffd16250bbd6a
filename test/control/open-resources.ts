/** Asserts that a scenario closes what it opens. */
import * as assert from 'uvu/assert';
import { whatIsOpen } from '../../runtime/demo/what-is-open.js';

/** Runs it once to warm up (koffi, thread pool, scratch memory), and again between two counts. */
export async function leavesNothingOpen(scenario: () => void | Promise<void>): Promise<void> {
  await scenario();
  const before = whatIsOpen();
  await scenario();
  assert.equal(whatIsOpen(), before);
}
