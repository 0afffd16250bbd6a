/** The fields of one type's `seq`: integers, arrays, descriptors and padding. */
import type { Reporter } from '../report/diagnostics.js';
import { maxPacketSize } from '../model/packet.js';
import type { Endian, Location } from '../model/protocol.js';
import type { SourceList } from './source.js';
import { type RawDescriptor, readDescriptor } from './descriptors.js';
import { checkName, checkTwice } from './identifier.js';
import { type RawInteger, readInteger } from './integers.js';
import { Keys, type KeyRules, vendorKey } from './keys.js';
import { asMap, type Text } from './values.js';

export type RawField = RawInteger | RawDescriptor | RawPadding;

export interface RawPadding {
  readonly kind: 'padding';
  readonly size: number;
  readonly location: Location;
}

export interface RawFields {
  /** What could be understood. */
  readonly fields: readonly RawField[];
  /** Whether that is everything, so that the sizes add up to something. */
  readonly complete: boolean;
}

const fieldRules: KeyRules = {
  what: 'a field',
  known: [
    'id',
    'doc',
    'doc-ref',
    'type',
    'size',
    'enum',
    'repeat',
    'repeat-expr',
    'repeat-until',
    'contents',
  ],
  unsupported: {
    if: 'every field is always there; leave it out of the `fields` of variants that do not use it',
    'size-eos': 'a packet has a fixed size: write the number of bytes',
    process: 'the bytes of a packet are plain',
    encoding: 'there is no text in a packet, only integers',
    terminator: 'a packet has a fixed size: write an array of `u1`',
    include: 'there is no terminator',
    consume: 'there is no terminator',
    'eos-error': 'a packet has a fixed size',
    'pad-right': 'write a field of its own: `size: 4` without an `id` is padding',
    valid: 'codecs carry every value; whoever executes a request checks it',
    parent: 'types do not nest',
    io: 'types do not nest',
    pos: 'fields follow one another; fill gaps with padding (`size: 4` without an `id`)',
    value: 'computed values belong to `instances`',
  },
  owner: 'annotated',
};

const vendorRules: KeyRules = {
  what: '`-vmwire` of a field',
  known: ['unit', 'fd', 'optional', 'errno'],
  owner: 'vmwire',
};

function zeros(keys: Keys, report: Reporter): number | undefined {
  const contents = keys.list('contents');
  if (contents === undefined) return undefined;
  const other = contents.items.find((item) => item.kind !== 'scalar' || item.value !== 0n);
  if (other !== undefined) {
    const hint = 'padding is zero when sent, and ignored when received';
    report.error('VW032', other.location, 'padding holds zeros only', hint);
    return undefined;
  }
  return contents.items.length;
}

function readPadding(keys: Keys, report: Reporter): RawPadding | undefined {
  for (const key of ['type', 'enum', 'repeat', 'repeat-expr', 'repeat-until', vendorKey]) {
    if (!keys.has(key)) continue;
    const hint = `give it an \`id\`, or leave only \`size\` if it is padding`;
    report.error('VW032', keys.locate(key), `a field with \`${key}\` needs a name`, hint);
    return undefined;
  }
  const fixed = keys.has('contents');
  if (fixed && keys.has('size')) {
    const hint = '`contents` has its own length; remove `size`';
    report.error('VW032', keys.locate('size'), 'this padding says its size twice', hint);
    return undefined;
  }
  if (!fixed && !keys.has('size')) {
    const hint = 'a field has an `id` and a `type`, or only a `size` if it is padding';
    report.error('VW014', keys.location, 'a field needs the key `id`', hint);
    return undefined;
  }
  const size = fixed ? zeros(keys, report) : keys.literal('size')?.value;
  if (size === undefined) return undefined;
  if (size < 1 || size > maxPacketSize) {
    const hint = `padding has 1 to ${maxPacketSize} bytes`;
    report.error(
      'VW032',
      keys.locate(fixed ? 'contents' : 'size'),
      `padding of ${size} bytes`,
      hint,
    );
    return undefined;
  }
  keys.doc();
  return { kind: 'padding', size: Number(size), location: keys.location };
}

/** `endian` is what `meta` says. */
export function readFields(
  seq: SourceList,
  endian: Endian | undefined,
  report: Reporter,
): RawFields {
  const fields: RawField[] = [];
  const ids: Text[] = [];
  let complete = true;
  for (const item of seq.items) {
    const map = asMap(item, 'a field', report);
    const keys = map && new Keys(map, fieldRules, report);
    const field = keys && readField(keys);
    if (field) fields.push(field);
    else complete = false;
  }
  checkTwice(ids, 'fields', report);
  return { fields, complete };

  function readField(keys: Keys): RawField | undefined {
    if (!keys.has('id')) return readPadding(keys, report);
    const id = keys.text('id');
    if (id === undefined) return undefined;
    checkName(id, 'a field', report);
    ids.push(id);
    const vendorMap = keys.map(vendorKey);
    const vendor = vendorMap && new Keys(vendorMap, vendorRules, report);
    if (keys.has('contents')) {
      const hint = 'padding has no name: remove the `id`';
      report.error('VW032', keys.locate('contents'), `\`${id.text}\` can't be fixed`, hint);
      return undefined;
    }
    return vendor?.has('fd')
      ? readDescriptor(id, keys, vendor, report)
      : readInteger(id, keys, vendor, endian, report);
  }
}
