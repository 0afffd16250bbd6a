/** The variants of one message: which members each uses, in which order. */
import type { Reporter } from '../report/diagnostics.js';
import type { LocalVariant, Location, Member, Variant } from '../model/protocol.js';
import { descriptorMembers } from '../model/queries.js';
import type { RawEnum, RawValue } from './enums.js';
import { Keys, type KeyRules } from './keys.js';
import { meant, nearest } from './suggest.js';
import type { LocalRole, RawType } from './types.js';
import type { Text } from './values.js';

const vendorRules: KeyRules = {
  what: '`-vmwire` of a variant',
  known: ['fields', 'response'],
  owner: 'vmwire',
};

/** A variant, and where it says what answers it. */
export interface Answered<V extends Variant | LocalVariant = Variant | LocalVariant> {
  readonly variant: V;
  readonly response: Text | undefined;
}

/** The members of a message, by name. */
export interface MemberTable {
  readonly message: string;
  readonly tag: string;
  readonly members: ReadonlyMap<string, Member>;
  /** What a variant may have meant to name, so that nobody says that it's unused. */
  readonly suspected: Set<string>;
  /** Whether that is all of them, so that a name that isn't among them is a mistake. */
  readonly complete: boolean;
}

function readFieldList(
  fields: readonly Text[],
  table: MemberTable,
  report: Reporter,
): readonly Member[] {
  const used = new Map<string, Member>();
  for (const { text: name, location } of fields) {
    const member = table.members.get(name);
    if (used.has(name)) {
      report.error('VW051', location, `\`${name}\` stands here twice`, 'remove one of the two');
    } else if (member !== undefined) {
      used.set(name, member);
    } else if (name === table.tag) {
      const hint = 'remove it: every variant has the tag';
      report.error('VW052', location, `\`${name}\` is the tag`, hint);
    } else if (table.complete) {
      const near = nearest(name, table.members.keys());
      if (near !== undefined) table.suspected.add(near);
      const message = `\`${table.message}\` has no member \`${name}\``;
      report.error('VW050', location, message, meant(name, table.members.keys()));
    }
  }
  return [...used.values()];
}

/** Descriptors: no more than `maxFds`, and an optional one only as the last. */
function checkDescriptors(
  variant: Variant,
  fields: readonly Text[],
  maxFds: number | undefined,
  report: Reporter,
): void {
  const descriptors = descriptorMembers(variant);
  const place = (name: string | undefined): Location =>
    fields.find((field) => field.text === name)?.location ?? variant.location;
  if (maxFds !== undefined && descriptors.length > maxFds) {
    const message = `\`${variant.name}\` needs a \`max_fds\` of ${descriptors.length}, and it is ${maxFds}`;
    const hint = 'raise `max_fds` under the `-vmwire` of the schema';
    report.error('VW054', place(descriptors[maxFds]?.name), message, hint);
  }
  for (const descriptor of descriptors.slice(0, -1)) {
    if (!descriptor.optional) continue;
    const message = `\`${descriptor.name}\` is optional, and another descriptor follows`;
    const hint = 'only the number of descriptors tells which are there: list it last';
    report.error('VW055', place(descriptor.name), message, hint);
  }
}

function readVariant(
  value: RawValue,
  table: MemberTable,
  maxFds: number | undefined,
  report: Reporter,
): Answered<Variant> {
  const keys = value.vendor && new Keys(value.vendor, vendorRules, report);
  const fields = keys?.texts('fields');
  if (fields === undefined && keys?.has('fields')) {
    for (const name of table.members.keys()) table.suspected.add(name);
  }
  const response = keys?.text('response');
  const variant: Variant = {
    name: value.name,
    doc: value.doc,
    location: value.location,
    tag: value.value,
    members: readFieldList(fields ?? [], table, report),
    response: response?.text,
  };
  checkDescriptors(variant, fields ?? [], maxFds, report);
  return { variant, response };
}

/** `maxFds` is undefined if the schema says nothing that makes sense. */
export function readVariants(
  tags: RawEnum,
  table: MemberTable,
  maxFds: number | undefined,
  report: Reporter,
): readonly Answered<Variant>[] {
  return tags.values.map((value) => readVariant(value, table, maxFds, report));
}

export function localVariant(
  type: RawType<LocalRole>,
  members: readonly Member[],
): Answered<LocalVariant> {
  const { name, doc, location } = type;
  const { response } = type.role;
  return { response, variant: { name, doc, location, members, response: response?.text } };
}
