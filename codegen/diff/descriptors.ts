/** The descriptors of one variant: how many arrive, in which order, of which kind. */
import type { DescriptorMember, Variant } from '../model/protocol.js';
import { descriptorMembers } from '../model/queries.js';
import { type Flow, finding } from './flow.js';
import type { Finding } from './report.js';

/** Compares the descriptors of a variant that both sides know by the same tag and name. */
export function compareDescriptors(flow: Flow, sent: Variant, read: Variant): readonly Finding[] {
  const subject = (member: DescriptorMember) => `${flow.sent.name}.${sent.name}.${member.name}`;
  const from = descriptorMembers(sent);
  const to = descriptorMembers(read);
  const findings: Finding[] = [];

  for (let index = 0; index < Math.max(from.length, to.length); index += 1) {
    const source = from[index];
    const target = to[index];
    if (source !== undefined && target !== undefined)
      findings.push(...comparePair(flow, subject(source), source, target, from, to));
    else if (source !== undefined) findings.push(surplus(flow, subject(source), source, read, to));
    else if (target !== undefined) findings.push(missing(flow, subject(target), sent, target));
  }
  return findings;
}

/** The sender has one more than the receiver knows. */
function surplus(
  flow: Flow,
  subject: string,
  source: DescriptorMember,
  read: Variant,
  to: readonly DescriptorMember[],
): Finding {
  const change = flow.sender === 'new' ? 'descriptor_added' : 'descriptor_removed';
  const when = source.optional ? `if ${flow.from} sends` : `${flow.from} sends`;
  // A descriptor that can be left out is a new thing to say, as a new variant is.
  const verdict = source.optional && flow.sender === 'new' ? 'additive' : 'breaking';
  const [only, ...others] = to;
  // Of several where it wants one, a receiver of 2018 takes the last that it has room for.
  const mistaken = others.length === 0 && flow.room > 1 ? only : undefined;
  const lenient = mistaken
    ? `takes the last that it has room for as \`${mistaken.name}\``
    : 'closes it and carries on';
  return finding(
    flow,
    change,
    subject,
    { strict: verdict, crosvm2018: mistaken ? 'breaking' : verdict },
    `${when} the descriptor \`${source.name}\`, ${flow.to} says unexpectedFd; one of 2018 ${lenient}`,
    { sent: source, read },
  );
}

/** The receiver wants one more than the sender has. */
function missing(flow: Flow, subject: string, sent: Variant, target: DescriptorMember): Finding {
  const change = flow.sender === 'old' ? 'descriptor_added' : 'descriptor_removed';
  return finding(
    flow,
    change,
    subject,
    target.optional ? 'additive' : 'breaking',
    target.optional
      ? `${flow.from} never sends the descriptor \`${target.name}\`, and ${flow.to} does without`
      : `${flow.from} doesn't send the descriptor \`${target.name}\`: ${flow.to} says expectFd`,
    { sent, read: target },
  );
}

function comparePair(
  flow: Flow,
  subject: string,
  source: DescriptorMember,
  target: DescriptorMember,
  from: readonly DescriptorMember[],
  to: readonly DescriptorMember[],
): readonly Finding[] {
  const places = { sent: source, read: target };
  const findings: Finding[] = [];
  if (source.name !== target.name) {
    const swapped =
      to.some(({ name }) => name === source.name) || from.some(({ name }) => name === target.name);
    findings.push(
      finding(
        flow,
        swapped ? 'descriptor_order' : 'descriptor_renamed',
        subject,
        swapped ? 'breaking' : 'identical',
        swapped
          ? `in the place of \`${source.name}\` ${flow.to} expects \`${target.name}\``
          : `${flow.from}'s \`${source.name}\` is \`${target.name}\` to ${flow.to}: the same place, but programs must use the new name`,
        places,
      ),
    );
  }
  if (source.descriptor !== target.descriptor)
    findings.push(
      finding(
        flow,
        'descriptor_kind',
        subject,
        target.descriptor === 'any' ? 'identical' : 'breaking',
        `${flow.from} sends ${source.descriptor}, ${flow.to} takes ${target.descriptor}`,
        places,
      ),
    );
  if (source.optional !== target.optional)
    findings.push(
      finding(
        flow,
        'descriptor_optional',
        subject,
        source.optional ? 'breaking' : 'additive',
        source.optional
          ? `${flow.from} may leave out \`${source.name}\`: then ${flow.to} says expectFd`
          : `${flow.from} always sends \`${source.name}\`, and ${flow.to} would do without`,
        places,
      ),
    );
  return findings;
}
