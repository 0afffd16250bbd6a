/** Open enums: numbers whose names changed. */
import type { EnumType, IntegerMember } from '../model/protocol.js';
import { type Flow, finding } from './flow.js';
import type { Finding } from './report.js';

/** Compares the named values of an integer. The receiver gets the number in any case. */
export function compareEnums(
  flow: Flow,
  subject: string,
  sent: IntegerMember,
  read: IntegerMember,
): readonly Finding[] {
  if (sent.enum === undefined || read.enum === undefined) {
    if (sent.enum === read.enum) return [];
    const named = sent.enum ?? read.enum;
    return [
      finding(
        flow,
        'enum_values',
        subject,
        'identical',
        `only one schema names its values, with the enum \`${named?.name}\``,
        { sent: sent.enum ?? sent, read: read.enum ?? read },
      ),
    ];
  }
  return compareValues(flow, subject, sent.enum, read.enum);
}

function compareValues(
  flow: Flow,
  subject: string,
  sent: EnumType,
  read: EnumType,
): readonly Finding[] {
  const readByNumber = new Map(read.values.map((value) => [value.value, value]));
  const readByName = new Map(read.values.map((value) => [value.name, value]));
  const sentNames = new Set(sent.values.map((value) => value.name));
  return sent.values.flatMap((value): Finding[] => {
    const label = `${subject} ${value.name}`;
    const same = readByNumber.get(value.value);
    if (same?.name === value.name) return [];
    const moved = readByName.get(value.name);
    if (moved !== undefined)
      return [
        finding(
          flow,
          'enum_values',
          label,
          'breaking',
          `${flow.from} says ${value.value} for \`${value.name}\`, ${flow.to} says ${moved.value}`,
          { sent: value, read: moved },
        ),
      ];
    if (same !== undefined) {
      const replaced = sentNames.has(same.name);
      return [
        finding(
          flow,
          'enum_values',
          label,
          replaced ? 'breaking' : 'identical',
          `${value.value} is \`${value.name}\` to ${flow.from} and \`${same.name}\` to ${flow.to}` +
            (replaced ? '' : ': the same number, but programs must use the new name'),
          { sent: value, read: same },
        ),
      ];
    }
    return [
      finding(
        flow,
        'enum_values',
        label,
        flow.sender === 'new' ? 'additive' : 'breaking',
        `${flow.to} has no name for ${value.value}, \`${value.name}\` to ${flow.from}`,
        { sent: value, read },
      ),
    ];
  });
}
