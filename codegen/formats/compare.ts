/** Compares two revisions of a protocol: what their messages mean, and how they travel by the rules of their format. */
import { compareRevisions } from '../diff/protocol.js';
import type { Report } from '../diff/report.js';
import type { Protocol } from '../model/protocol.js';
import { formatOf } from './index.js';

/**
 * What happens between peers of different age.
 *
 * @example
 * const report = compareProtocols(before, after);
 * if (report.verdict === 'breaking') process.exitCode = 1;
 */
export function compareProtocols(before: Protocol, after: Protocol): Report {
  return compareRevisions(before, after, formatOf(after).compare);
}
