/** Which field is a message's tag, and which numbers it can have. */
import type { Reporter } from '../report/diagnostics.js';
import type { Location } from '../model/protocol.js';
import { maximum, minimum } from '../model/queries.js';
import type { RawEnum } from './enums.js';
import type { RawInteger } from './integers.js';
import { meant } from './suggest.js';
import type { MessageRole, RawType } from './types.js';
import type { Whole } from './values.js';

/** A message's tag field and the enum that names its variants. */
export interface Tag {
  readonly field: RawInteger;
  readonly enum: RawEnum;
}

function unfit(field: RawInteger): string | undefined {
  const { member } = field;
  if (member.count !== undefined) return 'an array';
  if (member.errno) return 'an errno';
  if (member.signed) return 'a signed number';
  if (field.enum === undefined) return 'a number without an `enum`';
  return undefined;
}

export function readTag(
  type: RawType<MessageRole>,
  enums: ReadonlyMap<string, RawEnum>,
  report: Reporter,
): Tag | undefined {
  const { text: name, location } = type.role.tag;
  const named = type.fields.flatMap((field) => (field.kind === 'padding' ? [] : [field]));
  const field = named.find((candidate) => candidate.member.name === name);
  if (field === undefined) {
    // It may be one of the fields that could not be understood.
    if (!type.complete) return undefined;
    const hint = meant(
      name,
      named.map(({ member }) => member.name),
    );
    report.error('VW041', location, `\`${type.name}\` has no field \`${name}\``, hint);
    return undefined;
  }
  const problem = field.kind === 'descriptor' ? 'a descriptor' : unfit(field);
  if (field.kind === 'descriptor' || field.enum === undefined || problem !== undefined) {
    const hint = 'a tag is one unsigned integer whose `enum` names the variants';
    report.error('VW041', location, `the tag \`${name}\` is ${problem}`, hint);
    return undefined;
  }
  const found = enums.get(field.enum.text);
  // An enum that doesn't exist is reported with those of all other fields.
  if (found === undefined) return undefined;
  if (found.values.length === 0) {
    const hint = 'write the variants into the enum, as `1: name`';
    report.error('VW047', type.location, `\`${type.name}\` has no variants`, hint);
  }
  return { field, enum: found };
}

/** Tags outside the tag's range, reserved ones that are used, and reserved ones listed twice. */
export function checkNumbers(tag: Tag, reserved: readonly Whole[], report: Reporter): void {
  const least = minimum(tag.field.member);
  const greatest = maximum(tag.field.member);
  const checkRange = (value: bigint, location: Location): void => {
    if (value >= least && value <= greatest) return;
    const message = `the tag ${value} does not fit into \`${tag.field.member.name}\``;
    report.error('VW045', location, message, `it holds ${least} to ${greatest}`);
  };
  const listed = new Map<bigint, Whole>();
  for (const whole of reserved) {
    checkRange(whole.value, whole.location);
    if (listed.has(whole.value)) {
      const message = `${whole.value} is reserved twice`;
      report.error('VW046', whole.location, message, 'remove one of the two');
    }
    listed.set(whole.value, whole);
  }
  for (const value of tag.enum.values) {
    checkRange(value.value, value.number);
    const mark = listed.get(value.value);
    if (mark === undefined) continue;
    const message = `the tag ${value.value} is reserved, and \`${value.name}\` has it`;
    const hint = `line ${mark.location.line} says that it must never be used again; take another`;
    report.error('VW044', value.number, message, hint);
  }
}
