/** The schema's enums: numbers and their names, before it's known which of them are tags. */
import type { Reporter } from '../report/diagnostics.js';
import type { EnumType, EnumValue, Location } from '../model/protocol.js';
import type { SourceEntry, SourceMap } from './source.js';
import { checkName, checkTwice } from './identifier.js';
import { Keys, type KeyRules, vendorKey } from './keys.js';
import type { Text } from './values.js';

export interface RawEnum {
  readonly name: string;
  readonly location: Location;
  /** In ascending order. */
  readonly values: readonly RawValue[];
}

export interface RawValue extends EnumValue {
  /** Where the number stands. */
  readonly number: Location;
  /** What stands under `-vmwire`: only a tag's values have it. */
  readonly vendor: SourceMap | undefined;
}

const valueRules: KeyRules = {
  what: 'an enum value',
  known: ['id', 'doc', 'doc-ref'],
  owner: 'annotated',
};

/** Kaitai's compiler holds the numbers of an enum in a signed 64-bit integer. */
const kaitaiMin = -(2n ** 63n);
const kaitaiMax = 2n ** 63n - 1n;

function readValue({ key, value: body }: SourceEntry, report: Reporter): RawValue | undefined {
  const number = key.location;
  if (typeof key.value !== 'bigint') {
    const message = `\`${key.text}\` stands where an enum has a whole number`;
    report.error('VW010', number, message, 'an enum is written as `1: name`');
    return undefined;
  }
  const value = key.value;
  if (value < kaitaiMin || value > kaitaiMax) {
    const hint = `the least number is ${kaitaiMin}, the greatest ${kaitaiMax}`;
    report.error('VW035', number, `Kaitai's enums can't hold ${key.text}`, hint);
  }
  if (body.kind === 'map') {
    const keys = new Keys(body, valueRules, report);
    keys.need('id', 'it names the value', number);
    const id = keys.text('id');
    const vendor = keys.map(vendorKey);
    const doc = keys.doc();
    return id && { name: id.text, value, doc, location: id.location, number, vendor };
  }
  if (body.kind === 'scalar' && typeof body.value === 'string') {
    const { text, location } = body;
    return { name: text, value, doc: '', location, number, vendor: undefined };
  }
  const hint =
    body.kind === 'scalar' && body.value !== null ? 'put it into quotes' : 'write `1: name`';
  report.error('VW010', body.location, 'an enum value is a name, or a map with an `id`', hint);
  return undefined;
}

/** A number can be written in more than one way, so that YAML doesn't see that it stands here twice. */
function checkNumbers(values: readonly RawValue[], report: Reporter): void {
  const seen = new Map<bigint, RawValue>();
  for (const value of values) {
    const first = seen.get(value.value);
    if (first === undefined) {
      seen.set(value.value, value);
      continue;
    }
    const message = `the number ${value.value} already means \`${first.name}\``;
    const hint = `\`${first.name}\` is in line ${first.number.line}; take a number that is free`;
    report.error('VW046', value.number, message, hint);
  }
}

function readEnum(name: Text, body: SourceMap, report: Reporter): RawEnum {
  checkName(name, 'an enum', report);
  const values: RawValue[] = [];
  for (const entry of body.entries) {
    const value = readValue(entry, report);
    if (value) values.push(value);
  }
  checkNumbers(values, report);
  const names = values.map((value) => ({ text: value.name, location: value.location }));
  for (const own of names) checkName(own, 'an enum value', report);
  checkTwice(names, 'values', report);
  const ascending = values.toSorted((a, b) => (a.value < b.value ? -1 : 1));
  return { name: name.text, location: name.location, values: ascending };
}

/** By name, in the order of the schema. */
export function readEnums(
  enums: SourceMap | undefined,
  report: Reporter,
): ReadonlyMap<string, RawEnum> {
  const found = new Map<string, RawEnum>();
  for (const { key, value } of enums?.entries ?? []) {
    if (value.kind === 'map') {
      found.set(key.text, readEnum(key, value, report));
    } else {
      const message = `the enum \`${key.text}\` must be a map of numbers`;
      report.error('VW010', value.location, message, 'write its values below it, as `1: name`');
      // The name exists, so that whoever refers to it is not told that it doesn't.
      found.set(key.text, { name: key.text, location: key.location, values: [] });
    }
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
