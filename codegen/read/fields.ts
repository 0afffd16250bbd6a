/** The fields of one type's `seq`: integers, arrays, descriptors and padding. */
import type { Reporter } from '../diagnostics.js';
import type {
  DescriptorKind,
  DescriptorMember,
  Endian,
  IntegerMember,
  IntegerSize,
  Location,
} from '../protocol.js';
import type { SourceList } from '../source.js';
import { Keys, type KeyRules, vendorKey } from './keys.js';
import { asMap, type Text } from './values.js';

export type RawField = RawInteger | RawDescriptor | RawPadding;

export interface RawInteger {
  readonly kind: 'integer';
  /** Its enum is not resolved yet. */
  readonly member: IntegerMember;
  readonly enum: Text | undefined;
}

export interface RawDescriptor {
  readonly kind: 'descriptor';
  readonly member: DescriptorMember;
}

export interface RawPadding {
  readonly kind: 'padding';
  readonly size: number;
  readonly location: Location;
}

const fieldRules: KeyRules = {
  what: 'a field',
  known: ['id', 'doc', 'doc-ref', 'type', 'size', 'enum', 'repeat', 'repeat-expr', 'contents'],
  unsupported: {},
  unknown: 'VW011',
  vendor: true,
};

const vendorRules: KeyRules = {
  what: '`-vmwire` of a field',
  known: ['unit', 'fd', 'optional', 'errno'],
  unsupported: {},
  unknown: 'VW013',
  vendor: false,
};

const integerType = /^([us])([1248])(le|be)?$/;
const integerSizes: Readonly<Record<string, IntegerSize>> = { 1: 1, 2: 2, 4: 4, 8: 8 };
const descriptorKinds: readonly DescriptorKind[] = ['shared_memory', 'eventfd', 'dmabuf', 'any'];

function readDescriptor(
  id: Text,
  doc: string,
  vendor: Keys,
  report: Reporter,
): RawDescriptor | undefined {
  const fd = vendor.text('fd');
  if (fd === undefined) return undefined;
  const descriptor = descriptorKinds.find((kind) => kind === fd.text);
  if (descriptor === undefined) {
    report.error('VW015', fd.location, `\`${fd.text}\` is not a kind of descriptor`);
    return undefined;
  }
  const optional = vendor.flag('optional') ?? false;
  return {
    kind: 'descriptor',
    member: { kind: 'descriptor', name: id.text, doc, location: id.location, descriptor, optional },
  };
}

function readInteger(
  id: Text,
  keys: Keys,
  vendor: Keys | undefined,
  endian: Endian | undefined,
  report: Reporter,
): RawInteger | undefined {
  const type = keys.text('type');
  if (type === undefined) return undefined;
  const match = integerType.exec(type.text);
  const size = integerSizes[match?.[2] ?? ''];
  if (match === null || size === undefined) {
    report.error('VW030', type.location, `\`${type.text}\` is not an integer type`);
    return undefined;
  }
  const explicit = match[3] === 'le' ? 'little' : match[3] === 'be' ? 'big' : undefined;
  const count = keys.has('repeat') ? keys.whole('repeat-expr') : undefined;
  return {
    kind: 'integer',
    enum: keys.text('enum'),
    member: {
      kind: 'integer',
      name: id.text,
      doc: keys.doc(),
      location: id.location,
      size,
      signed: match[1] === 's',
      endian: explicit ?? endian ?? 'little',
      count: count && Number(count.value),
      unit: vendor?.text('unit')?.text,
      errno: vendor?.flag('errno') ?? false,
      enum: undefined,
    },
  };
}

/** `endian` is what `meta` says. A field that can't be understood is left out. */
export function readFields(
  seq: SourceList,
  endian: Endian | undefined,
  report: Reporter,
): readonly RawField[] {
  const fields: RawField[] = [];
  for (const item of seq.items) {
    const map = asMap(item, 'seq', report);
    if (map === undefined) continue;
    const keys = new Keys(map, fieldRules, report);
    const vendorMap = keys.map(vendorKey);
    const vendor = vendorMap && new Keys(vendorMap, vendorRules, report);
    const id = keys.text('id');
    if (id === undefined) {
      const size = keys.whole('size');
      if (size === undefined) continue;
      fields.push({ kind: 'padding', size: Number(size.value), location: keys.location });
      continue;
    }
    const field = vendor?.has('fd')
      ? readDescriptor(id, keys.doc(), vendor, report)
      : readInteger(id, keys, vendor, endian, report);
    if (field !== undefined) fields.push(field);
  }
  return fields;
}
