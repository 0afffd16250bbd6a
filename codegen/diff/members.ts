/** The integers of one variant: what a receiver of another age makes of them. */
import type { IntegerMember, Member, Variant } from '../model/protocol.js';
import { integerMembers } from '../model/queries.js';
import { placeOf, readInteger, readsZero, writtenBytes } from './bytes.js';
import { compareEnums } from './enums.js';
import { type Flow, finding } from './flow.js';
import type { Finding } from './report.js';

/** Compares the integers of a variant that both sides know by the same tag and name. */
export function compareIntegers(flow: Flow, sent: Variant, read: Variant): readonly Finding[] {
  const subject = (member: Member) => `${flow.sent.name}.${sent.name}.${member.name}`;
  const written = writtenBytes(flow.sent, sent.members);
  const sentByName = integersByName(sent);
  const readByName = integersByName(read);
  const findings: Finding[] = [];
  const renamed = new Set<IntegerMember>();

  for (const target of readByName.values()) {
    const source = sentByName.get(target.name);
    if (source !== undefined) {
      findings.push(...comparePair(flow, subject(source), source, written, target));
      continue;
    }
    const former = [...sentByName.values()].find(
      (candidate) =>
        !readByName.has(candidate.name) &&
        placeOf(flow.sent, candidate) === placeOf(flow.read, target),
    );
    if (former !== undefined) {
      renamed.add(former);
      findings.push(
        finding(
          flow,
          'member_renamed',
          subject(former),
          'identical',
          `${flow.from}'s \`${former.name}\` is \`${target.name}\` to ${flow.to}: the same bytes, but programs must use the new name`,
          { sent: former, read: target },
        ),
        ...compareMeaning(flow, subject(former), former, target),
      );
    } else if (readsZero(flow.read, target, written))
      findings.push(
        finding(
          flow,
          flow.sender === 'old' ? 'member_added' : 'member_removed',
          subject(target),
          'additive',
          `${flow.from} leaves these bytes zero: ${flow.to} reads \`${target.name}\` as 0`,
          { sent, read: target },
        ),
      );
    else
      findings.push(
        finding(
          flow,
          flow.sender === 'old' ? 'member_added' : 'member_removed',
          subject(target),
          'breaking',
          `${flow.to} reads \`${target.name}\` from bytes in which ${flow.from} sends something else`,
          { sent, read: target },
        ),
      );
  }

  for (const source of sentByName.values()) {
    if (readByName.has(source.name) || renamed.has(source)) continue;
    findings.push(
      finding(
        flow,
        flow.sender === 'new' ? 'member_added' : 'member_removed',
        subject(source),
        'breaking',
        `${flow.to} ignores \`${source.name}\`, which ${flow.from} sends`,
        { sent: source, read },
      ),
    );
  }
  return findings;
}

function integersByName(variant: Variant): ReadonlyMap<string, IntegerMember> {
  return new Map(integerMembers(variant).map((member) => [member.name, member]));
}

/** A member that both sides call the same. */
function comparePair(
  flow: Flow,
  subject: string,
  sent: IntegerMember,
  written: ReadonlySet<number>,
  read: IntegerMember,
): readonly Finding[] {
  const from = placeOf(flow.sent, sent);
  const to = placeOf(flow.read, read);
  const findings = [...compareMeaning(flow, subject, sent, read)];
  if (from === to) return findings;
  const change = sameType(sent, read) ? 'member_moved' : 'member_type';
  const reading = readInteger(flow.sent, sent, written, flow.read, read);
  const places = `${flow.from} sends ${from}, ${flow.to} reads ${to}`;
  const why = {
    same: 'the bytes are the same',
    widened: 'what it reads more is always zero',
    wrong: reading.kind === 'wrong' ? reading.why : '',
  };
  const verdicts = { same: 'identical', widened: 'additive', wrong: 'breaking' } as const;
  findings.push(
    finding(flow, change, subject, verdicts[reading.kind], `${places}: ${why[reading.kind]}`, {
      sent,
      read,
    }),
  );
  return findings;
}

function sameType(a: IntegerMember, b: IntegerMember): boolean {
  return a.size === b.size && a.signed === b.signed && a.endian === b.endian && a.count === b.count;
}

/** What an integer stands for, apart from its bytes. */
function compareMeaning(
  flow: Flow,
  subject: string,
  sent: IntegerMember,
  read: IntegerMember,
): readonly Finding[] {
  const places = { sent, read };
  const findings = [...compareEnums(flow, subject, sent, read)];
  if (sent.unit !== read.unit) {
    const known = sent.unit !== undefined && read.unit !== undefined;
    findings.push(
      finding(
        flow,
        'unit',
        subject,
        known ? 'breaking' : 'identical',
        known
          ? `${flow.from} means ${sent.unit}, ${flow.to} takes them for ${read.unit}`
          : `only one schema states the unit, ${sent.unit ?? read.unit}`,
        places,
      ),
    );
  }
  if (sent.errno !== read.errno)
    findings.push(
      finding(
        flow,
        'errno',
        subject,
        sent.errno ? 'identical' : 'breaking',
        sent.errno
          ? `${flow.from} sends an errno's absolute value, which ${flow.to} reads as a plain number`
          : `${flow.to} reads an errno: of numbers above 2^31 it takes the absolute value`,
        places,
      ),
    );
  return findings;
}
