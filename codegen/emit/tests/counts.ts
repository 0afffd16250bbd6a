/** How many cases each loop of a generated test file must run, so that a loop over nothing is seen. */
import { meaningfulBytes, unassignedTags } from '../../cases/packets.js';
import type { IntegerMember, Message, Protocol, Variant } from '../../model/protocol.js';
import { elementCount, integerMembers, maxFds, minFds } from '../../model/queries.js';
import { integerTable } from './integers.js';

const policies = 2;
const policiesAndDefault = 3;

/** By the name of the test, as in `topics` of the harness. */
export function caseCounts(protocol: Protocol, message: Message): Record<string, number> {
  const { variants, locals } = message;
  const { size } = message.layout;
  const sum = (count: (variant: Variant) => number): number =>
    variants.reduce((total, variant) => total + count(variant), 0);
  const unassigned = unassignedTags(message).size;
  return {
    'encodes every value': sum(
      (variant) =>
        maxFds(variant) -
        minFds(variant) +
        1 +
        sumMembers(variant, (member) => elementCount(member) * integerTable(member).sent.length),
    ),
    'decodes every value':
      policies *
      sum(
        (variant) =>
          1 +
          sumMembers(
            variant,
            (member) => elementCount(member) * integerTable(member).received.length,
          ),
      ),
    'refuses values that do not fit': sum(
      (variant) =>
        maxFds(variant) +
        minFds(variant) +
        sumMembers(
          variant,
          (member) =>
            elementCount(member) * integerTable(member).refused.length +
            (member.count === undefined ? 0 : 4),
        ),
    ),
    'refuses what has no tag': locals.length + 5,
    'judges every length': policiesAndDefault * variants.length * (2 * size + 3) * 2,
    'refuses unassigned tags': unassigned * policies * 2,
    'ignores bytes without a meaning':
      policies *
      3 *
      sum((variant) => meaningfulBytes(message, variant).filter((used) => !used).length),
    'accounts for descriptors':
      policiesAndDefault *
      (unassigned > 0 ? 3 : 2) *
      sum((variant) => Math.max(protocol.maxFds, maxFds(variant)) + 3),
    'constructs every variant': variants.length + locals.length + 1,
    'describes itself': variants.length + locals.length,
  };
}

function sumMembers(variant: Variant, count: (member: IntegerMember) => number): number {
  return integerMembers(variant).reduce((total, member) => total + count(member), 0);
}
