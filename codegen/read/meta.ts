/** Kaitai's `meta`: the name of the protocol and the byte order. */
import type { Reporter } from '../report/diagnostics.js';
import type { Endian, Location } from '../model/protocol.js';
import { checkName } from './identifier.js';
import { Keys, type KeyRules } from './keys.js';
import type { Text } from './values.js';

export interface Meta {
  readonly id: Text | undefined;
  readonly title: string;
  readonly endian: Endian | undefined;
}

const rules: KeyRules = {
  what: '`meta`',
  known: [
    'id',
    'title',
    'application',
    'file-extension',
    'xref',
    'license',
    'tags',
    'ks-version',
    'ks-debug',
    'encoding',
    'endian',
    'bit-endian',
  ],
  unsupported: {
    imports: 'a protocol is one file',
    'ks-opaque-types': 'every type is in the schema',
    'ks-zero-copy-substream': 'there are no substreams',
  },
  owner: 'kaitai',
};

const typeRules: KeyRules = { ...rules, what: '`meta` of a type', known: ['endian', 'encoding'] };

const orders: Readonly<Record<string, Endian>> = { le: 'little', be: 'big' };

function readEndian(keys: Keys, report: Reporter): Endian | undefined {
  if (keys.node('endian')?.kind === 'map') {
    const hint = 'name the byte order where it differs: `type: u4be`';
    report.error('VW012', keys.locate('endian'), 'a byte order that switches', hint);
    return 'little';
  }
  const order = keys.choice('endian', ['le', 'be']);
  // After a mistake any will do.
  return order ? orders[order] : keys.has('endian') ? 'little' : undefined;
}

/** `schema` is where a `meta` that is missing is reported. */
export function readMeta(top: Keys, schema: Location, report: Reporter): Meta {
  // A byte order, so that not every field is told that it has none.
  const nothing: Meta = { id: undefined, title: '', endian: 'little' };
  if (!top.need('meta', 'begin with `meta:` and, below it, `id: name_of_the_protocol`', schema)) {
    return nothing;
  }
  const map = top.map('meta');
  if (map === undefined) return nothing;
  const keys = new Keys(map, rules, report);
  keys.need('id', 'it names the protocol and the generated files', top.locate('meta'));
  const id = keys.text('id');
  if (id) checkName(id, 'a protocol', report);
  const title = (keys.text('title')?.text ?? '').replace(/\s+/g, ' ').trim();
  return { id, title, endian: readEndian(keys, report) };
}

/** A type may have a byte order of its own. */
export function readTypeEndian(
  type: Keys,
  otherwise: Endian | undefined,
  report: Reporter,
): Endian | undefined {
  const map = type.map('meta');
  return (map && readEndian(new Keys(map, typeRules, report), report)) ?? otherwise;
}
