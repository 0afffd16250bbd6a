/** The integers of one variant: what a receiver of another age makes of their bytes. */
import { type Flow, finding } from '../../diff/flow.js';
import { compareMeaning } from '../../diff/meaning.js';
import type { Finding } from '../../diff/report.js';
import { type IntegerStep, planOf, stepOf } from '../../model/packet.js';
import type { Message, Node, Variant } from '../../model/protocol.js';
import { integerMembers } from '../../model/queries.js';
import { placeOf, readInteger, readsZero, writtenBytes } from './reading.js';

/** Compares the integers of a variant that both sides know by the same tag and name. */
export function compareIntegers(flow: Flow, sent: Variant, read: Variant): readonly Finding[] {
  const subject = (member: Node) => `${flow.sent.name}.${sent.name}.${member.name}`;
  const written = writtenBytes(planOf(flow.sent, sent));
  const sentByName = stepsByName(flow.sent, sent);
  const readByName = stepsByName(flow.read, read);
  const findings: Finding[] = [];
  const renamed = new Set<IntegerStep>();

  for (const target of readByName.values()) {
    const { name } = target.member;
    const source = sentByName.get(name);
    if (source !== undefined) {
      findings.push(...comparePair(flow, subject(source.member), source, written, target));
      continue;
    }
    const former = [...sentByName.values()].find(
      (candidate) =>
        !readByName.has(candidate.member.name) && placeOf(candidate) === placeOf(target),
    );
    if (former !== undefined) {
      renamed.add(former);
      findings.push(
        finding(
          flow,
          'member_renamed',
          subject(former.member),
          'identical',
          `${flow.from}'s \`${former.member.name}\` is \`${name}\` to ${flow.to}: the same bytes, but programs must use the new name`,
          { sent: former.member, read: target.member },
        ),
        ...compareMeaning(flow, subject(former.member), former.member, target.member),
      );
    } else if (readsZero(target, written))
      findings.push(
        finding(
          flow,
          flow.sender === 'old' ? 'member_added' : 'member_removed',
          subject(target.member),
          'additive',
          `${flow.from} leaves these bytes zero: ${flow.to} reads \`${name}\` as 0`,
          { sent, read: target.member },
        ),
      );
    else
      findings.push(
        finding(
          flow,
          flow.sender === 'old' ? 'member_added' : 'member_removed',
          subject(target.member),
          'breaking',
          `${flow.to} reads \`${name}\` from bytes in which ${flow.from} sends something else`,
          { sent, read: target.member },
        ),
      );
  }

  for (const source of sentByName.values()) {
    const { member } = source;
    if (readByName.has(member.name) || renamed.has(source)) continue;
    findings.push(
      finding(
        flow,
        flow.sender === 'new' ? 'member_added' : 'member_removed',
        subject(member),
        'breaking',
        `${flow.to} ignores \`${member.name}\`, which ${flow.from} sends`,
        { sent: member, read },
      ),
    );
  }
  return findings;
}

function stepsByName(message: Message, variant: Variant): ReadonlyMap<string, IntegerStep> {
  const plan = planOf(message, variant);
  return new Map(integerMembers(variant).map((member) => [member.name, stepOf(plan, member)]));
}

/** A member that both sides call the same. */
function comparePair(
  flow: Flow,
  subject: string,
  sent: IntegerStep,
  written: ReadonlySet<number>,
  read: IntegerStep,
): readonly Finding[] {
  const from = placeOf(sent);
  const to = placeOf(read);
  const findings = [...compareMeaning(flow, subject, sent.member, read.member)];
  if (from === to) return findings;
  const change = sameType(sent, read) ? 'member_moved' : 'member_type';
  const reading = readInteger(sent, written, read);
  const places = `${flow.from} sends ${from}, ${flow.to} reads ${to}`;
  const why = {
    same: 'the bytes are the same',
    widened: 'what it reads more is always zero',
    wrong: reading.kind === 'wrong' ? reading.why : '',
  };
  const verdicts = { same: 'identical', widened: 'additive', wrong: 'breaking' } as const;
  findings.push(
    finding(flow, change, subject, verdicts[reading.kind], `${places}: ${why[reading.kind]}`, {
      sent: sent.member,
      read: read.member,
    }),
  );
  return findings;
}

function sameType(
  { type: a, member }: IntegerStep,
  { type: b, member: other }: IntegerStep,
): boolean {
  return (
    a.size === b.size &&
    a.signed === b.signed &&
    a.endian === b.endian &&
    member.count === other.count
  );
}
