/**
 * The part that all generated test files share: what the tables hold, and what one case checks.
 *
 * It is text in its final format (a test holds it to that), because formatting takes most of the
 * time of generating. It holds no template literal, so as to stand in one.
 */
export const harness = String.raw`
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
`;
