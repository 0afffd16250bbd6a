/** Fields that are integers or arrays of integers. */
import type { Reporter } from '../report/diagnostics.js';
import { maxPacketSize } from '../model/packet.js';
import type { Endian, IntegerMember, IntegerSize } from '../model/protocol.js';
import type { Keys } from './keys.js';
import { asText, type Text } from './values.js';

export interface RawInteger {
  readonly kind: 'integer';
  /** Its enum is not resolved yet. */
  readonly member: IntegerMember;
  readonly endian: Endian;
  readonly enum: Text | undefined;
}

const integerType = /^([us])([1248])(le|be)?$/;
const integerSizes: Readonly<Record<string, IntegerSize>> = { 1: 1, 2: 2, 4: 4, 8: 8 };
const unitName = /^[A-Za-z][A-Za-z0-9_]{0,31}$/;

interface IntegerType {
  readonly size: IntegerSize;
  readonly signed: boolean;
  readonly endian: Endian;
}

function typeHint(type: string): string {
  if (/^[us]1(le|be)$/.test(type)) return 'one byte has no byte order';
  if (/^f[48](le|be)?$/.test(type)) return 'floating-point numbers are not supported';
  if (/^b[0-9]+(le|be)?$/.test(type)) return 'bit fields are not supported; take the whole integer';
  if (/^strz?$/.test(type)) return 'text is not supported; take an array of `u1`';
  return 'the types are u1, u2, u4, u8, s1, s2, s4 and s8, with `le` or `be` if need be';
}

function readType(
  id: Text,
  keys: Keys,
  endian: Endian | undefined,
  report: Reporter,
): IntegerType | undefined {
  const node = keys.node('type');
  if (node === undefined) {
    const empty = keys.literal('size')?.value === 0n;
    const message = `\`${id.text}\` has no type`;
    const hint = empty
      ? 'if it is a descriptor, say so: `-vmwire: { fd: any }`'
      : 'give it a `type`; padding has no `id`, and bytes are an array of `u1`';
    report.error('VW030', id.location, message, hint);
    return undefined;
  }
  if (node.kind === 'map') {
    const hint = 'every variant has the same struct: list the members that it uses in its `fields`';
    report.error('VW012', keys.locate('type'), 'a `type` that switches is not supported', hint);
    return undefined;
  }
  const type = asText(node, '`type`', report);
  if (type === undefined) return undefined;
  const match = integerType.exec(type.text);
  const size = integerSizes[match?.[2] ?? ''];
  const order = match?.[3];
  if (match === null || size === undefined || (size === 1 && order !== undefined)) {
    const message = `\`${type.text}\` is not an integer type`;
    report.error('VW030', type.location, message, typeHint(type.text));
    return undefined;
  }
  const explicit = order === undefined ? endian : order === 'le' ? 'little' : 'big';
  if (explicit === undefined && size > 1) {
    const message = `the byte order of \`${id.text}\` is unknown`;
    const hint = `say \`endian: le\` under \`meta\`, or \`type: ${type.text}le\` here`;
    report.error('VW031', type.location, message, hint);
  }
  return { size, signed: match[1] === 's', endian: explicit ?? 'little' };
}

/** How many elements an array has; undefined if it's no array, null after a mistake. */
function readCount(keys: Keys, report: Reporter): number | null | undefined {
  const hint = 'write `repeat: expr` and, below it, `repeat-expr: 3`';
  const repeat = keys.has('repeat') ? keys.text('repeat') : undefined;
  const stray = ['repeat-until', 'repeat-expr'].find((key) => keys.has(key));
  if (keys.has('repeat') ? repeat && repeat.text !== 'expr' : stray !== undefined) {
    const location = repeat?.location ?? keys.locate(stray ?? 'repeat');
    report.error('VW033', location, 'an array has a literal length', hint);
    return null;
  }
  if (!keys.has('repeat')) return undefined;
  if (repeat === undefined) return null;
  if (!keys.need('repeat-expr', hint)) return null;
  const count = keys.literal('repeat-expr');
  if (count === undefined) return null;
  if (count.value < 1n || count.value > BigInt(maxPacketSize)) {
    const message = `an array of ${count.value} elements`;
    report.error('VW033', count.location, message, `an array has 1 to ${maxPacketSize} elements`);
    return null;
  }
  return Number(count.value);
}

function checkErrno(
  location: Text['location'],
  type: IntegerType,
  keys: Keys,
  count: number | undefined,
  report: Reporter,
): void {
  if (type.size === 4 && !type.signed && count === undefined && !keys.has('enum')) return;
  const message = 'an errno is one `u4`, without an enum';
  const hint = 'its absolute value travels, in 4 bytes; change the type, or remove `errno`';
  report.error('VW038', location, message, hint);
}

export function readInteger(
  id: Text,
  keys: Keys,
  vendor: Keys | undefined,
  endian: Endian | undefined,
  report: Reporter,
): RawInteger | undefined {
  if (vendor?.has('optional')) {
    const message = `\`${id.text}\` is a number, and only a descriptor can be optional`;
    const hint = 'every byte of the struct is always there';
    report.error('VW037', vendor.locate('optional'), message, hint);
  }
  const unit = vendor?.text('unit');
  if (unit && !unitName.test(unit.text)) {
    const hint = 'a unit is one word of letters and digits, such as `bytes` or `pages`';
    report.error('VW020', unit.location, `\`${unit.text}\` can't be a unit`, hint);
  }
  const type = readType(id, keys, endian, report);
  const count = readCount(keys, report);
  if (type && keys.has('size')) {
    const hint = 'remove `size`; an array is `repeat: expr` with `repeat-expr: 3`';
    report.error('VW030', keys.locate('size'), 'the size of an integer is in its type', hint);
  }
  const errno = vendor?.flag('errno') ?? false;
  const doc = keys.doc();
  const named = keys.text('enum');
  if (type === undefined || count === null) return undefined;
  if (errno) checkErrno(vendor?.locate('errno') ?? id.location, type, keys, count, report);
  const { text: name, location } = id;
  return {
    kind: 'integer',
    endian: type.endian,
    enum: named,
    member: {
      kind: 'integer',
      name,
      doc,
      location,
      size: type.size,
      signed: type.signed,
      count,
      unit: unit?.text,
      errno,
      enum: undefined,
    },
  };
}
