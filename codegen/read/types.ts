/** The schema's types: messages with a tag, and local variants without one. */
import type { Reporter } from '../diagnostics.js';
import type { Endian, Location } from '../protocol.js';
import type { SourceMap } from '../source.js';
import { type RawField, readFields } from './fields.js';
import { Keys, type KeyRules, vendorKey } from './keys.js';
import { asMap, type Text, type Whole } from './values.js';

export interface RawType {
  readonly name: string;
  readonly doc: string;
  readonly location: Location;
  readonly fields: readonly RawField[];
  readonly role: MessageRole | LocalRole;
}

export interface MessageRole {
  readonly kind: 'message';
  readonly tag: Text;
  readonly size: Whole;
  readonly reserved: readonly Whole[];
}

export interface LocalRole {
  readonly kind: 'local';
  readonly message: Text;
  readonly response: Text | undefined;
}

const typeRules: KeyRules = {
  what: 'a type',
  known: ['doc', 'doc-ref', 'seq', 'instances'],
  unsupported: {},
  unknown: 'VW011',
  vendor: true,
};

const messageRules: KeyRules = {
  what: '`-vmwire` of a message',
  known: ['tag', 'size', 'reserved'],
  unsupported: {},
  unknown: 'VW013',
  vendor: false,
};

const localRules: KeyRules = {
  what: '`-vmwire` of a local variant',
  known: ['local', 'response'],
  unsupported: {},
  unknown: 'VW013',
  vendor: false,
};

function readRole(vendor: SourceMap, report: Reporter): RawType['role'] | undefined {
  if (vendor.entries.some((entry) => entry.key.text === 'local')) {
    const keys = new Keys(vendor, localRules, report);
    const message = keys.text('local');
    return message && { kind: 'local', message, response: keys.text('response') };
  }
  const keys = new Keys(vendor, messageRules, report);
  const tag = keys.text('tag');
  const size = keys.whole('size');
  const reserved = keys.wholes('reserved') ?? [];
  return tag && size && { kind: 'message', tag, size, reserved };
}

/** In the order of the schema. */
export function readTypes(
  types: SourceMap | undefined,
  endian: Endian | undefined,
  report: Reporter,
): readonly RawType[] {
  const found: RawType[] = [];
  for (const { key, value } of types?.entries ?? []) {
    const map = asMap(value, key.text, report);
    if (map === undefined) continue;
    const keys = new Keys(map, typeRules, report);
    const seq = keys.list('seq');
    const vendor = keys.map(vendorKey);
    const fields = seq ? readFields(seq, endian, report) : [];
    const role = vendor && readRole(vendor, report);
    if (role === undefined) continue;
    found.push({ name: key.text, doc: keys.doc(), location: key.location, fields, role });
  }
  return found;
}
