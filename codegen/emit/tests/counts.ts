/** How many cases each loop of a generated test file must run, so that a loop over nothing is seen. */
import { meaningfulBytes, unassignedTags } from '../../cases/packets.js';
import { integerSteps, type IntegerStep, planOf } from '../../model/packet.js';
import type { Message, Protocol, Variant } from '../../model/protocol.js';
import { elementCount, maxFds, minFds } from '../../model/queries.js';
import { integerTable } from './integers.js';

const policies = 2;
const policiesAndDefault = 3;

/** By the name of the test, as in `topics` of the harness. */
export function caseCounts(protocol: Protocol, message: Message): Record<string, number> {
  const { variants, locals } = message;
  const { size } = message.wire;
  const sum = (count: (variant: Variant) => number): number =>
    variants.reduce((total, variant) => total + count(variant), 0);
  const unassigned = unassignedTags(message).size;
  return {
    'encodes every value': sum(
      (variant) =>
        maxFds(variant) -
        minFds(variant) +
        1 +
        sumSteps(
          message,
          variant,
          (step) => elementCount(step.member) * integerTable(step).sent.length,
        ),
    ),
    'decodes every value':
      policies *
      sum(
        (variant) =>
          1 +
          sumSteps(
            message,
            variant,
            (step) => elementCount(step.member) * integerTable(step).received.length,
          ),
      ),
    'refuses values that do not fit': sum(
      (variant) =>
        maxFds(variant) +
        minFds(variant) +
        sumSteps(
          message,
          variant,
          (step) =>
            elementCount(step.member) * integerTable(step).refused.length +
            (step.member.count === undefined ? 0 : 4),
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

function sumSteps(
  message: Message,
  variant: Variant,
  count: (step: IntegerStep) => number,
): number {
  const steps = integerSteps(planOf(message, variant));
  return steps.reduce((total, step) => total + count(step), 0);
}
