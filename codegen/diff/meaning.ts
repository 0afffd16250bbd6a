/** What an integer stands for, however it travels: its unit, its enum, whether it is an errno. */
import type { IntegerMember } from '../model/protocol.js';
import { compareEnums } from './enums.js';
import { type Flow, finding } from './flow.js';
import type { Finding } from './report.js';

/** Compares two declarations of an integer, apart from its bytes. */
export function compareMeaning(
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
