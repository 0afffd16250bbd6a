/** The variants of one message: which members each uses, and what answers it. */
import type { Reporter } from '../diagnostics.js';
import type { LocalVariant, Member, Variant } from '../protocol.js';
import type { RawEnum, RawValue } from './enums.js';
import { Keys, type KeyRules } from './keys.js';
import type { RawType } from './types.js';
import type { Text } from './values.js';

const vendorRules: KeyRules = {
  what: '`-vmwire` of a variant',
  known: ['fields', 'response'],
  unsupported: {},
  unknown: 'VW013',
  vendor: false,
};

/** A variant, and where it says what answers it. */
export interface Answered<V extends Variant | LocalVariant> {
  readonly variant: V;
  readonly response: Text | undefined;
}

function readVariant(
  value: RawValue,
  members: ReadonlyMap<string, Member>,
  report: Reporter,
): Answered<Variant> {
  const keys = value.vendor && new Keys(value.vendor, vendorRules, report);
  const used: Member[] = [];
  for (const field of keys?.texts('fields') ?? []) {
    const member = members.get(field.text);
    if (member === undefined) {
      report.error('VW050', field.location, `\`${field.text}\` is not a member`);
      continue;
    }
    used.push(member);
  }
  const { name, doc, location } = value;
  const response = keys?.text('response');
  return {
    response,
    variant: {
      name,
      doc,
      location,
      tag: value.value,
      members: used,
      response: response?.text,
    },
  };
}

export function readVariants(
  tags: RawEnum,
  members: ReadonlyMap<string, Member>,
  report: Reporter,
): readonly Answered<Variant>[] {
  return tags.values.map((value) => readVariant(value, members, report));
}

export function localVariant(
  type: RawType,
  response: Text | undefined,
  members: readonly Member[],
): Answered<LocalVariant> {
  const { name, doc, location } = type;
  return { response, variant: { name, doc, location, members, response: response?.text } };
}
