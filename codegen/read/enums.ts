/** The schema's enums: numbers and their names, before it's known which of them are tags. */
import type { Reporter } from '../diagnostics.js';
import type { EnumType, EnumValue, Location } from '../protocol.js';
import type { SourceEntry, SourceMap } from '../source.js';
import { Keys, type KeyRules, vendorKey } from './keys.js';

export interface RawEnum {
  readonly name: string;
  readonly location: Location;
  readonly values: readonly RawValue[];
}

export interface RawValue extends EnumValue {
  /** What stands under `-vmwire`: only a tag's values have it. */
  readonly vendor: SourceMap | undefined;
}

const valueRules: KeyRules = {
  what: 'an enum value',
  known: ['id', 'doc', 'doc-ref'],
  unsupported: {},
  unknown: 'VW011',
  vendor: true,
};

function readValue({ key, value: body }: SourceEntry, report: Reporter): RawValue | undefined {
  if (typeof key.value !== 'bigint') {
    report.error('VW010', key.location, `an enum value is a whole number, not \`${key.text}\``);
    return undefined;
  }
  const value = key.value;
  if (body.kind === 'map') {
    const keys = new Keys(body, valueRules, report);
    const id = keys.text('id');
    if (id === undefined) return undefined;
    const vendor = keys.map(vendorKey);
    return { name: id.text, value, doc: keys.doc(), location: id.location, vendor };
  }
  if (body.kind === 'scalar' && typeof body.value === 'string') {
    return { name: body.text, value, doc: '', location: body.location, vendor: undefined };
  }
  report.error('VW010', body.location, 'an enum value is a name, or a map with an `id`');
  return undefined;
}

/** By name, in the order of the schema. */
export function readEnums(
  enums: SourceMap | undefined,
  report: Reporter,
): ReadonlyMap<string, RawEnum> {
  const found = new Map<string, RawEnum>();
  for (const { key, value } of enums?.entries ?? []) {
    if (value.kind !== 'map') {
      report.error('VW010', value.location, `the enum \`${key.text}\` must be a map of numbers`);
      continue;
    }
    const values = value.entries
      .map((entry) => readValue(entry, report))
      .filter((read) => read !== undefined)
      .toSorted((a, b) => (a.value < b.value ? -1 : 1));
    found.set(key.text, { name: key.text, location: key.location, values });
  }
  return found;
}

/** An enum that is not a tag. */
export function openEnum(raw: RawEnum): EnumType {
  const values = raw.values.map(({ name, doc, location, value }) => ({
    name,
    doc,
    location,
    value,
  }));
  return { name: raw.name, doc: '', location: raw.location, values };
}
