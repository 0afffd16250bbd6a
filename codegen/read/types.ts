/** The schema's types: messages with a tag, and local variants without one. */
import type { Format } from '../formats/format.js';
import type { Reporter } from '../report/diagnostics.js';
import type { Endian, Location } from '../model/protocol.js';
import type { SourceMap } from './source.js';
import { type RawFields, readFields } from './fields.js';
import { checkName } from './identifier.js';
import { Keys, type KeyRules, vendorKey } from './keys.js';
import { readTypeEndian } from './meta.js';
import { asMap, type Text, type Whole } from './values.js';

export interface RawType<
  Role extends MessageRole | LocalRole = MessageRole | LocalRole,
> extends RawFields {
  readonly name: string;
  readonly doc: string;
  readonly location: Location;
  readonly role: Role;
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

export interface RawTypes {
  /** In the order of the schema, without those whose role is unclear. */
  readonly messages: readonly RawType<MessageRole>[];
  readonly locals: readonly RawType<LocalRole>[];
  /** Every name there is, so that who refers to a broken type isn't told that it doesn't exist. */
  readonly names: ReadonlySet<string>;
}

const typeRules: KeyRules = {
  what: 'a type',
  known: ['meta', 'doc', 'doc-ref', 'to-string', 'seq', 'instances'],
  unsupported: {
    types: 'types do not nest; list the fields of the inner type where they stand',
    enums: 'write enums at the top level of the schema',
    params: 'every packet of a message has the same struct',
  },
  owner: 'annotated',
};

function messageRules(format: Format): KeyRules {
  return {
    what: '`-vmwire` of a message',
    known: ['tag', ...Object.keys(format.keys.message), 'reserved'],
    owner: 'vmwire',
  };
}

const localRules: KeyRules = {
  what: '`-vmwire` of a local variant',
  known: ['local', 'response'],
  owner: 'vmwire',
};

function readLocal(keys: Keys): LocalRole | undefined {
  const message = keys.text('local');
  return message && { kind: 'local', message, response: keys.text('response') };
}

function readMessage(keys: Keys, format: Format): MessageRole | undefined {
  keys.need('tag', 'it names the field that tells the variants apart');
  for (const [key, purpose] of Object.entries(format.keys.message)) keys.need(key, purpose);
  const tag = keys.text('tag');
  const size = keys.whole('size');
  const reserved = keys.wholes('reserved') ?? [];
  return tag && size && { kind: 'message', tag, size, reserved };
}

function checkLocalFields(type: RawType, report: Reporter): void {
  for (const field of type.fields) {
    if (field.kind !== 'padding') continue;
    const message = 'a local variant has no bytes, so no padding either';
    report.error('VW032', field.location, message, 'remove it');
  }
}

/** `endian` is what the schema's `meta` says. */
export function readTypes(
  types: SourceMap | undefined,
  endian: Endian | undefined,
  format: Format,
  report: Reporter,
): RawTypes {
  const messages: RawType<MessageRole>[] = [];
  const locals: RawType<LocalRole>[] = [];
  const names = new Set<string>();
  for (const { key, value } of types?.entries ?? []) {
    checkName(key, 'a type', report);
    names.add(key.text);
    const map = asMap(value, `the type \`${key.text}\``, report);
    if (map === undefined) continue;
    const keys = new Keys(map, typeRules, report);
    const seq = keys.list('seq');
    const own = readTypeEndian(keys, endian, report);
    const fields = seq ? readFields(seq, own, report) : { fields: [], complete: false };
    const type = { name: key.text, doc: keys.doc(), location: key.location, ...fields };
    if (!keys.has(vendorKey)) {
      const message = `\`${key.text}\` is neither a message nor a local variant`;
      const hint = 'say `-vmwire: { tag: FIELD, size: BYTES }` or `-vmwire: { local: MESSAGE }`';
      report.error('VW040', key.location, message, hint);
      continue;
    }
    const vendor = keys.map(vendorKey);
    if (vendor === undefined) continue;
    if (vendor.entries.some((entry) => entry.key.text === 'local')) {
      const role = readLocal(new Keys(vendor, localRules, report));
      if (role === undefined) continue;
      locals.push({ ...type, role });
      checkLocalFields({ ...type, role }, report);
    } else {
      keys.need('seq', 'a message has at least a tag', key.location);
      const role = readMessage(new Keys(vendor, messageRules(format), report), format);
      if (role !== undefined) messages.push({ ...type, role });
    }
  }
  return { messages, locals, names };
}
