/** The enums that are not tags: who uses them, and whether their values fit. */
import type { Reporter } from '../report/diagnostics.js';
import type { EnumType } from '../model/protocol.js';
import { maximum, minimum } from '../model/queries.js';
import { openEnum, type RawEnum } from './enums.js';
import type { RawInteger } from './integers.js';
import { meant } from './suggest.js';
import type { Tag } from './tags.js';
import type { MessageRole, RawType } from './types.js';

/** A message with its tag: the enum of the tag names the variants of this message only. */
export type TaggedTypes = ReadonlyMap<RawType<MessageRole>, Tag>;

function checkValues(values: RawEnum, { member }: RawInteger, report: Reporter): void {
  const least = minimum(member);
  const greatest = maximum(member);
  for (const value of values.values) {
    if (value.value >= least && value.value <= greatest) continue;
    const message = `\`${value.name}\` does not fit into \`${member.name}\``;
    const hint = `\`${member.name}\` in line ${member.location.line} holds ${least} to ${greatest}`;
    report.error('VW035', value.number, message, hint);
  }
}

function checkVendor(values: RawEnum, report: Reporter): void {
  for (const { vendor, name } of values.values) {
    if (vendor === undefined) continue;
    const message = `\`${name}\` is no variant, because \`${values.name}\` is no tag`;
    report.error('VW048', vendor.location, message, 'remove `-vmwire`');
  }
}

/** The messages whose tag each enum is. */
function taggedBy(tagged: TaggedTypes, report: Reporter): ReadonlyMap<string, Tag> {
  const tags = new Map<string, Tag>();
  for (const [type, tag] of tagged) {
    const first = tags.get(tag.enum.name);
    if (first !== undefined) {
      const message = `\`${tag.enum.name}\` is the tag of \`${type.name}\` and of another message`;
      const hint = 'each message needs an enum of its own';
      report.error('VW043', tag.field.enum?.location ?? type.location, message, hint);
    }
    tags.set(tag.enum.name, first ?? tag);
  }
  return tags;
}

/** The enums that numbers other than tags use, by name, in the order of the schema. */
export function resolveEnums(
  types: readonly RawType[],
  tagged: TaggedTypes,
  enums: ReadonlyMap<string, RawEnum>,
  report: Reporter,
  /** Whether every message's tag is known, so that no enum is taken for an open one by mistake. */
  certain: boolean,
): ReadonlyMap<string, EnumType> {
  const tags = taggedBy(tagged, report);
  const tagFields = new Set([...tagged.values()].map((tag) => tag.field));
  const users = new Map<string, RawInteger>();
  for (const field of types.flatMap((type) => type.fields)) {
    if (field.kind !== 'integer' || field.enum === undefined || tagFields.has(field)) continue;
    const { text: name, location } = field.enum;
    const values = enums.get(name);
    if (values === undefined) {
      report.error('VW034', location, `there is no enum \`${name}\``, meant(name, enums.keys()));
      continue;
    }
    if (tags.has(name)) {
      const message = `\`${name}\` is a tag, and \`${field.member.name}\` is not`;
      report.error('VW043', location, message, 'write an enum of its own for it');
      continue;
    }
    const other = users.get(name) ?? field;
    users.set(name, other);
    checkValues(values, field, report);
    if ((other.member.size === 8) !== (field.member.size === 8)) {
      const message = `\`${name}\` names values of 8 bytes and of fewer`;
      const hint = `\`${other.member.name}\` in line ${other.member.location.line} is the other; write two enums`;
      report.error('VW036', location, message, hint);
    }
  }
  const found = new Map<string, EnumType>();
  for (const values of enums.values()) {
    if (tags.has(values.name)) continue;
    if (certain) checkVendor(values, report);
    if (users.has(values.name)) {
      found.set(values.name, openEnum(values));
    } else if (certain && values.values.length > 0) {
      const hint = 'it is left out of what is generated; name it as the `enum` of a field';
      report.warning('VW049', values.location, `nothing uses the enum \`${values.name}\``, hint);
    }
  }
  return found;
}
