/**
 * What all generated test files share: what their tables hold, what one case checks, and a loop for
 * each kind of case. What stands above the line `From here on` is what each file says for itself.
 */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  type AnyMessage,
  type Descriptor,
  FieldValueError,
  type MessageCodec,
  noDescriptors,
  type Policy,
  type ProtocolError,
  type ProtocolErrorKind,
} from 'vmwire/codec';

declare const ProtocolFailure: typeof ProtocolError;
declare const maxFds: number;
declare const tables: readonly MessageTable[];

// From here on the file is the same for every protocol: what the tables hold, and loops over them.

type Value = number | bigint;

/** A type of integer: values and their bytes as sent, as received if that differs, and values that it can't hold. */
interface IntegerTable {
  readonly sent: readonly (readonly [value: Value, bytes: string])[];
  readonly received?: readonly (readonly [value: Value, bytes: string])[];
  readonly refused: readonly (Value | string | undefined)[];
}

interface MemberTable {
  readonly name: string;
  readonly key: string;
  readonly offset: number;
  /** Bytes of one element. */
  readonly size: number;
  /** The number of elements of an array. */
  readonly count?: number;
  readonly integer: IntegerTable;
}

interface DescriptorTable {
  readonly name: string;
  readonly key: string;
}

/** One of the descriptors that a message is built from. */
type FdAt = (index: number) => Descriptor;

interface VariantTable {
  readonly name: string;
  readonly tag: Value;
  /** A message whose bytes are all different, without its descriptors, and its packet. */
  readonly message: AnyMessage;
  readonly packet: string;
  readonly members: readonly MemberTable[];
  /** All but the first required ones may be absent. */
  readonly descriptors: readonly DescriptorTable[];
  readonly required: number;
  readonly response?: string;
  readonly build: (fd: FdAt) => object;
}

interface LocalTable {
  readonly name: string;
  readonly message: AnyMessage;
  readonly descriptors: readonly DescriptorTable[];
  readonly build: (fd: FdAt) => object;
}

interface MessageTable {
  readonly name: string;
  readonly codec: MessageCodec;
  /** What the file exports beside the codec. */
  readonly exports: {
    readonly encode: unknown;
    readonly decode: unknown;
    readonly size: number;
    readonly offsets: object;
  };
  /** Encodes the first variant without saying where. */
  readonly encodeAtStart: (view: DataView, fd: FdAt) => readonly Descriptor[];
  readonly size: number;
  readonly tag: {
    readonly offset: number;
    readonly size: number;
    readonly signed: boolean;
    readonly littleEndian: boolean;
  };
  readonly members: readonly MemberTable[];
  readonly reserved: readonly Value[];
  readonly variants: readonly VariantTable[];
  readonly locals: readonly LocalTable[];
  /** How many cases each test has. */
  readonly cases: Readonly<Record<string, number>>;
}

const policies: readonly Policy[] = ['strict', 'crosvm2018'];

/** Strict is also what holds if nothing is said. */
const policiesAndDefault: readonly (Policy | undefined)[] = [...policies, undefined];

function bytesOf(hex: string): Uint8Array {
  const bytes = new Uint8Array(hex.length / 2);
  for (let at = 0; at < bytes.length; at++) bytes[at] = parseInt(hex.slice(2 * at, 2 * at + 2), 16);
  return bytes;
}

function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** The packet with other bytes from an offset on, all in hex. */
function place(packet: string, offset: number, bytes: string): string {
  return packet.slice(0, 2 * offset) + bytes + packet.slice(2 * offset + bytes.length);
}

/** A view that begins and ends inside its buffer. */
function viewOf(bytes: Uint8Array): DataView {
  const buffer = new Uint8Array(bytes.length + 5).fill(0xee);
  buffer.set(bytes, 3);
  return new DataView(buffer.buffer, 3, bytes.length);
}

/** Stand-ins for open descriptors, told apart by identity. */
function standIns(count: number): Descriptor[] {
  return Array.from({ length: count }, (_, index) => ({ fd: 100 + index }));
}

function picker(fds: readonly Descriptor[]): FdAt {
  return (index) => {
    const fd = fds[index];
    if (fd === undefined) throw new Error('there is no descriptor ' + index);
    return fd;
  };
}

function same(left: readonly unknown[], right: readonly unknown[]): boolean {
  return left.length === right.length && left.every((each, index) => each === right[index]);
}

function withDescriptors(
  message: AnyMessage,
  descriptors: readonly DescriptorTable[],
  fds: readonly Descriptor[],
): AnyMessage {
  return { ...message, ...Object.fromEntries(fds.map((fd, at) => [descriptors[at]?.key, fd])) };
}

/** The message with another value in a member, or in one element of an array. */
function replace(
  message: AnyMessage,
  member: MemberTable,
  index: number,
  value: Value | string | undefined,
): AnyMessage {
  const before = message[member.key];
  const after = Array.isArray(before) ? before.with(index, value) : value;
  return { ...message, [member.key]: after };
}

/** Encoding gives exactly these bytes, whatever was there before, and these descriptors in order. */
function encodes(
  table: MessageTable,
  message: AnyMessage,
  fds: readonly Descriptor[],
  packet: string,
  where: string,
): void {
  // Over two patterns, so that a byte that is not written shows whatever it should be.
  for (const [offset, before] of [
    [0, 'ff'],
    [5, '5a'],
  ] as const) {
    const buffer = bytesOf(before.repeat(3 + offset + table.size + 2));
    const view = new DataView(buffer.buffer, 3, offset + table.size);
    const sent = table.codec.encode(message, view, offset);
    assert.is(hexOf(buffer), before.repeat(3 + offset) + packet + before.repeat(2), where);
    assert.ok(same(sent, fds), where + ': descriptors');
  }
}

/** Encoding throws what the protocol throws, and writes nothing. */
function refusesToEncode(
  table: MessageTable,
  kind: ProtocolErrorKind,
  message: AnyMessage,
): ProtocolError {
  const error = encodingError(table, message);
  if (!(error instanceof ProtocolFailure)) throw error;
  assert.is(error.kind, kind, message.type);
  assert.is(error.messageName, table.name, message.type);
  return error;
}

/** Encoding throws because of the value at path, and writes nothing. */
function refusesValue(table: MessageTable, path: string, message: AnyMessage): void {
  const error = encodingError(table, message);
  if (!(error instanceof FieldValueError)) throw error;
  assert.is(error.path, table.name + '.' + path);
}

function encodingError(table: MessageTable, message: AnyMessage): unknown {
  const buffer = new Uint8Array(table.size + 8).fill(0xff);
  try {
    table.codec.encode(message, new DataView(buffer.buffer), 4);
  } catch (error) {
    assert.is(hexOf(buffer), 'ff'.repeat(buffer.length));
    return error;
  }
  return new Error('encoded ' + message.type + ', which should have been refused');
}

/** Decoding gives the message; every descriptor is either kept or left, in order. */
function decodes(
  table: MessageTable,
  variant: VariantTable,
  expected: AnyMessage,
  packet: Uint8Array,
  length: number,
  given: number,
  policy: Policy | undefined,
  where: string,
): void {
  const fds = standIns(given);
  const all = [...fds];
  const actual = table.codec.decode(viewOf(packet), length, fds, policy);
  const keys = variant.descriptors.map(({ key }) => key);
  const integers = Object.entries(actual).filter(([key]) => !keys.includes(key));
  assert.equal(Object.fromEntries(integers), { ...expected }, where);
  const kept = keys.slice(0, given).map((key) => actual[key]);
  // One descriptor: the last that arrived. More: the first ones, in order.
  const most = keys.length;
  const keep = most === 1 ? all.slice(-1) : all.slice(0, most);
  assert.ok(same(kept, keep), where + ': descriptors kept');
  const leave = all.filter((fd) => !keep.includes(fd));
  assert.ok(same(fds, leave), where + ': descriptors left');
}

/** Decoding throws; every descriptor is left. */
function refusesToDecode(
  table: MessageTable,
  kind: ProtocolErrorKind,
  packet: Uint8Array,
  length: number,
  given: number,
  policy: Policy | undefined,
  where: string,
): ProtocolError {
  const fds = standIns(given);
  const all = [...fds];
  try {
    table.codec.decode(viewOf(packet), length, fds, policy);
  } catch (error) {
    if (!(error instanceof ProtocolFailure)) throw error;
    assert.is(error.kind, kind, where);
    assert.is(error.name, ProtocolFailure.name, where);
    assert.is(error.messageName, table.name, where);
    assert.ok(same(fds, all), where + ': descriptors left');
    return error;
  }
  throw new Error(where + ': decoded, which should have been refused');
}

/** What a reader of the error's text needs to know is in it. */
function mentions(error: Error, ...facts: readonly (string | number)[]): void {
  for (const fact of facts) assert.match(error.message, String(fact));
}

/** As errors put it. */
function countOf(descriptors: number): string {
  return descriptors === 0 ? 'no descriptor' : descriptors + ' descriptor';
}

/** Encodes every variant with each boundary value in each place, and with each number of descriptors. */
function encodesEveryValue(table: MessageTable): number {
  let cases = 0;
  for (const variant of table.variants) {
    for (let given = variant.required; given <= variant.descriptors.length; given++) {
      const fds = standIns(given);
      const message = withDescriptors(variant.message, variant.descriptors, fds);
      encodes(table, message, fds, variant.packet, variant.name + ' fds=' + given);
      cases++;
    }
    const fds = standIns(variant.descriptors.length);
    const message = withDescriptors(variant.message, variant.descriptors, fds);
    for (const member of variant.members) {
      for (let index = 0; index < (member.count ?? 1); index++) {
        for (const [value, bytes] of member.integer.sent) {
          const packet = place(variant.packet, member.offset + index * member.size, bytes);
          const where = variant.name + '.' + member.name + '[' + index + ']=' + value;
          encodes(table, replace(message, member, index, value), fds, packet, where);
          cases++;
        }
      }
    }
    if (variant.descriptors.length > 0) continue;
    const view = new DataView(new ArrayBuffer(table.size));
    assert.is(table.codec.encode(message, view, 0), noDescriptors, variant.name);
  }
  return cases;
}

/** Decodes every variant with each boundary value in each place. */
function decodesEveryValue(table: MessageTable): number {
  let cases = 0;
  for (const policy of policies) {
    for (const variant of table.variants) {
      const given = variant.descriptors.length;
      const sample = bytesOf(variant.packet);
      decodes(table, variant, variant.message, sample, table.size, given, policy, variant.name);
      cases++;
      for (const member of variant.members) {
        for (let index = 0; index < (member.count ?? 1); index++) {
          for (const [value, bytes] of member.integer.received ?? member.integer.sent) {
            const packet = place(variant.packet, member.offset + index * member.size, bytes);
            const message = replace(variant.message, member, index, value);
            const where = variant.name + '.' + member.name + '[' + index + ']=' + bytes;
            decodes(table, variant, message, bytesOf(packet), table.size, given, policy, where);
            cases++;
          }
        }
      }
    }
  }
  return cases;
}

/** Refuses values that a member can't hold, and descriptors that are none or missing. */
function refusesValues(table: MessageTable): number {
  let cases = 0;
  for (const variant of table.variants) {
    const fds = standIns(variant.descriptors.length);
    const message = withDescriptors(variant.message, variant.descriptors, fds);
    for (const member of variant.members) {
      const path = variant.name + '.' + member.name;
      for (let index = 0; index < (member.count ?? 1); index++) {
        const element = member.count === undefined ? path : path + '[' + index + ']';
        for (const value of member.integer.refused) {
          refusesValue(table, element, replace(message, member, index, value));
          cases++;
        }
      }
      const elements = message[member.key];
      if (!Array.isArray(elements)) continue;
      for (const wrong of [[], elements.slice(1), [...elements, ...elements]]) {
        refusesValue(table, path + '.length', { ...message, [member.key]: wrong });
        cases++;
      }
      refusesValue(table, path, { ...message, [member.key]: elements[0] });
      cases++;
    }
    for (const [index, { name, key }] of variant.descriptors.entries()) {
      refusesValue(table, variant.name + '.' + name, { ...message, [key]: 5 });
      cases++;
      if (index >= variant.required) continue;
      const missing = refusesToEncode(table, 'expectFd', { ...message, [key]: undefined });
      mentions(missing, variant.name, name);
      cases++;
    }
  }
  return cases;
}

/** Refuses to encode variants that have no tag, and names that are no variant. */
function refusesLocals(table: MessageTable): number {
  const locals = table.locals.map((local) =>
    withDescriptors(local.message, local.descriptors, standIns(local.descriptors.length)),
  );
  // The key of a variant is in camelCase: none of these can be one.
  const strangers = ['', 'Type', 'to_string', '__proto__', 'no_such_variant'];
  for (const message of [...locals, ...strangers.map((type) => ({ type }))]) {
    assert.is(refusesToEncode(table, 'invalidType', message).tag, message.type);
  }
  return locals.length + strangers.length;
}

/** Packets of every length, from nothing to past twice the size, and a long one. */
function judgesEveryLength(table: MessageTable): number {
  let cases = 0;
  const lengths = [...Array(2 * table.size + 2).keys(), table.size + 4096];
  for (const policy of policiesAndDefault) {
    for (const variant of table.variants) {
      const whole = bytesOf(variant.packet);
      const given = variant.descriptors.length;
      for (const length of lengths) {
        const where = variant.name + ' ' + policy + ' length=' + length;
        const exact = new Uint8Array(length);
        exact.set(whole.subarray(0, length));
        // The packet alone, and at the start of a buffer that holds more or (if it was cut) less.
        for (const packet of [exact, whole]) {
          if (length === table.size || (length > table.size && policy === 'crosvm2018')) {
            decodes(table, variant, variant.message, packet, length, given, policy, where);
          } else {
            const error = refusesToDecode(table, 'badSize', packet, length, given, policy, where);
            assert.is(error.size, length, where);
            mentions(error, length, table.size);
          }
          cases++;
        }
      }
    }
  }
  return cases;
}

/** The bits of a tag as a number, and back. */
function tagBytes(table: MessageTable, tag: Value): string {
  const digits = BigInt.asUintN(8 * table.tag.size, BigInt(tag))
    .toString(16)
    .padStart(2 * table.tag.size, '0');
  return table.tag.littleEndian ? hexOf(bytesOf(digits).reverse()) : digits;
}

/** Every tag up to 255 that names no variant, the reserved ones, and those that look like an assigned one. */
function unassignedTags(table: MessageTable): Set<string> {
  const tags = new Set<string>();
  for (let tag = 0; tag < 256; tag++) tags.add(tagBytes(table, tag));
  for (const tag of table.reserved) tags.add(tagBytes(table, tag));
  tags.add('ff'.repeat(table.tag.size));
  const assigned = table.variants.map((variant) => tagBytes(table, variant.tag));
  for (const tag of assigned) {
    const bytes = bytesOf(tag);
    for (let bit = 0; bit < 8 * bytes.length; bit++) {
      const other = bytes.slice();
      other[bit >> 3] = (other[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      tags.add(hexOf(other));
    }
    tags.add(hexOf(bytes.reverse()));
  }
  for (const tag of assigned) tags.delete(tag);
  return tags;
}

function refusesUnassignedTags(table: MessageTable): number {
  let cases = 0;
  const [variant] = table.variants;
  if (variant === undefined) return 0;
  for (const tag of unassignedTags(table)) {
    const packet = bytesOf(place(variant.packet, table.tag.offset, tag));
    for (const policy of policies) {
      for (const given of [0, 1]) {
        const where = 'tag ' + tag + ' ' + policy;
        const error = refusesToDecode(
          table,
          'invalidType',
          packet,
          table.size,
          given,
          policy,
          where,
        );
        const found = BigInt(error.tag ?? -1);
        assert.is(tagBytes(table, found), tag, where);
        assert.ok(table.tag.signed || found >= 0n, where);
        cases++;
      }
    }
  }
  return cases;
}

/** Bytes that the variant gives no meaning, padding among them, are ignored on receipt. */
function ignoresOtherBytes(table: MessageTable): number {
  let cases = 0;
  for (const variant of table.variants) {
    const used = new Set<number>();
    const use = (offset: number, size: number): void => {
      for (let at = offset; at < offset + size; at++) used.add(at);
    };
    use(table.tag.offset, table.tag.size);
    for (const member of variant.members) use(member.offset, member.size * (member.count ?? 1));
    for (let at = 0; at < table.size; at++) {
      if (used.has(at)) continue;
      assert.is(variant.packet.slice(2 * at, 2 * at + 2), '00', variant.name + ' byte ' + at);
      for (const noise of ['01', '80', 'ff']) {
        const packet = bytesOf(place(variant.packet, at, noise));
        const given = variant.descriptors.length;
        for (const policy of policies) {
          const where = variant.name + ' ' + policy + ' byte ' + at + '=' + noise;
          decodes(table, variant, variant.message, packet, table.size, given, policy, where);
          cases++;
        }
      }
    }
  }
  return cases;
}

/** Every number of descriptors up to two too many, on packets that are good, short or unknown. */
function accountsForDescriptors(table: MessageTable): number {
  let cases = 0;
  const [stranger] = unassignedTags(table);
  for (const variant of table.variants) {
    const most = variant.descriptors.length;
    const whole = bytesOf(variant.packet);
    const short = whole.subarray(0, -1);
    for (let given = 0; given <= Math.max(maxFds, most) + 2; given++) {
      for (const policy of policiesAndDefault) {
        const where = variant.name + ' ' + policy + ' fds=' + given;
        const refuses = (kind: ProtocolErrorKind, packet: Uint8Array): ProtocolError => {
          cases++;
          return refusesToDecode(table, kind, packet, packet.length, given, policy, where);
        };
        if (given < variant.required) {
          mentions(refuses('expectFd', whole), variant.name, countOf(variant.required), given);
        } else if (given > most && policy !== 'crosvm2018') {
          mentions(refuses('unexpectedFd', whole), variant.name, countOf(most), given);
        } else {
          decodes(table, variant, variant.message, whole, table.size, given, policy, where);
          cases++;
        }
        refuses('badSize', short);
        if (stranger === undefined) continue;
        refuses('invalidType', bytesOf(place(variant.packet, table.tag.offset, stranger)));
      }
    }
  }
  return cases;
}

/** The constructors give the messages of the tables. */
function constructsEveryVariant(table: MessageTable): number {
  const variants = [...table.variants, ...table.locals];
  for (const variant of variants) {
    const fds = standIns(variant.descriptors.length);
    const built = variant.build(picker(fds));
    assert.equal(built, withDescriptors(variant.message, variant.descriptors, fds), variant.name);
  }
  const [first] = table.variants;
  if (first === undefined) return variants.length;
  const bytes = new Uint8Array(table.size).fill(0xff);
  table.encodeAtStart(new DataView(bytes.buffer), picker(standIns(first.descriptors.length)));
  assert.is(hexOf(bytes), first.packet, 'at the start');
  return variants.length + 1;
}

/** What the codec says of itself at run time is what the tables say. */
function describesItself(table: MessageTable): number {
  const { description } = table.codec;
  assert.is(description.name, table.name);
  assert.is(description.size, table.size);
  const { offset, size, signed, littleEndian } = description.tag;
  assert.equal({ offset, size, signed, littleEndian }, table.tag);
  assert.equal([...description.reserved], [...table.reserved]);
  assert.is(table.codec.encode, table.exports.encode);
  assert.is(table.codec.decode, table.exports.decode);
  assert.is(table.exports.size, table.size);
  const offsets = table.members.map((member) => [member.key, member.offset]);
  assert.equal(table.exports.offsets, { type: table.tag.offset, ...Object.fromEntries(offsets) });
  const tagged = description.variants.filter((variant) => variant.tag !== undefined);
  assert.equal(
    tagged.map((variant) => ({
      name: variant.name,
      key: variant.key,
      tag: variant.tag,
      fds: [variant.minFds, variant.maxFds],
      response: variant.response,
      integers: variant.members.flatMap((member) =>
        member.kind === 'integer'
          ? [[member.name, member.key, member.offset, member.size, member.count]]
          : [],
      ),
      descriptors: variant.members.flatMap((member) =>
        member.kind === 'descriptor' ? [[member.name, member.key, member.optional]] : [],
      ),
    })),
    table.variants.map((variant) => ({
      name: variant.name,
      key: variant.message.type,
      tag: variant.tag,
      fds: [variant.required, variant.descriptors.length],
      response: variant.response,
      integers: variant.members.map((member) => [
        member.name,
        member.key,
        member.offset,
        member.size,
        member.count,
      ]),
      descriptors: variant.descriptors.map((descriptor, index) => [
        descriptor.name,
        descriptor.key,
        index >= variant.required,
      ]),
    })),
  );
  const locals = description.variants.filter((variant) => variant.tag === undefined);
  assert.equal(
    locals.map((variant) => variant.key),
    table.locals.map((local) => local.message.type),
  );
  return description.variants.length;
}

const topics: readonly (readonly [name: string, run: (table: MessageTable) => number])[] = [
  ['encodes every value', encodesEveryValue],
  ['decodes every value', decodesEveryValue],
  ['refuses values that do not fit', refusesValues],
  ['refuses what has no tag', refusesLocals],
  ['judges every length', judgesEveryLength],
  ['refuses unassigned tags', refusesUnassignedTags],
  ['ignores bytes without a meaning', ignoresOtherBytes],
  ['accounts for descriptors', accountsForDescriptors],
  ['constructs every variant', constructsEveryVariant],
  ['describes itself', describesItself],
];

for (const table of tables) {
  for (const [name, run] of topics) {
    // A loop that ran over nothing passes: so the cases are counted.
    test(table.name + ' ' + name, () => assert.is(run(table), table.cases[name]));
  }
}

test.run();
