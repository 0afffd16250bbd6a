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

interface VariantTable {
  readonly name: string;
  readonly tag: Value;
  /** A message whose bytes are all different, without its descriptors, and its packet. */
  readonly message: AnyMessage;
  readonly packet: string;
  readonly members: readonly MemberTable[];
  /** The keys of its descriptors; all but the first required ones may be absent. */
  readonly descriptors: readonly string[];
  readonly required: number;
  readonly response?: string;
  readonly build: (fd: (index: number) => Descriptor) => object;
}

interface LocalTable {
  readonly name: string;
  readonly message: AnyMessage;
  readonly descriptors: readonly string[];
  readonly build: (fd: (index: number) => Descriptor) => object;
}

interface MessageTable {
  readonly name: string;
  readonly codec: MessageCodec;
  readonly size: number;
  readonly tag: {
    readonly offset: number;
    readonly size: number;
    readonly signed: boolean;
    readonly littleEndian: boolean;
  };
  readonly reserved: readonly Value[];
  readonly variants: readonly VariantTable[];
  readonly locals: readonly LocalTable[];
  /** How many cases each test has. */
  readonly cases: Readonly<Record<string, number>>;
}

const policies: readonly Policy[] = ['strict', 'crosvm2018'];

function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../g) ?? [], (byte) => parseInt(byte, 16));
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

function same(left: readonly unknown[], right: readonly unknown[]): boolean {
  return left.length === right.length && left.every((each, index) => each === right[index]);
}

function withDescriptors(
  message: AnyMessage,
  keys: readonly string[],
  fds: readonly Descriptor[],
): AnyMessage {
  return { ...message, ...Object.fromEntries(fds.map((fd, index) => [keys[index], fd])) };
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
  for (const offset of [0, 5]) {
    const buffer = new Uint8Array(3 + offset + table.size + 2).fill(0xff);
    const view = new DataView(buffer.buffer, 3, offset + table.size);
    const sent = table.codec.encode(message, view, offset);
    assert.is(hexOf(buffer), 'ff'.repeat(3 + offset) + packet + 'ffff', where);
    assert.ok(same(sent, fds), where + ': descriptors');
  }
}

/** Encoding throws, and writes nothing. */
function refusesToEncode(table: MessageTable, message: AnyMessage): unknown {
  const buffer = new Uint8Array(table.size + 8).fill(0xff);
  try {
    table.codec.encode(message, new DataView(buffer.buffer), 4);
  } catch (error) {
    assert.is(hexOf(buffer), 'ff'.repeat(buffer.length));
    return error;
  }
  throw new Error('encoded ' + message.type + ', which should have been refused');
}

/** Decoding gives the message; every descriptor is either kept or left, in order. */
function decodes(
  table: MessageTable,
  variant: VariantTable,
  expected: AnyMessage,
  packet: Uint8Array,
  length: number,
  given: number,
  policy: Policy,
  where: string,
): void {
  const fds = standIns(given);
  const all = [...fds];
  const actual = table.codec.decode(viewOf(packet), length, fds, policy);
  const integers = Object.entries(actual).filter(([key]) => !variant.descriptors.includes(key));
  assert.equal(Object.fromEntries(integers), { ...expected }, where);
  const kept = variant.descriptors.map((key) => actual[key]).slice(0, given);
  // One descriptor: the last that arrived. More: the first ones, in order.
  const most = variant.descriptors.length;
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
  policy: Policy,
  where: string,
): ProtocolError {
  const fds = standIns(given);
  const all = [...fds];
  try {
    table.codec.decode(viewOf(packet), length, fds, policy);
  } catch (error) {
    if (!(error instanceof ProtocolFailure)) throw error;
    assert.is(error.kind, kind, where);
    assert.is(error.messageName, table.name, where);
    assert.ok(same(fds, all), where + ': descriptors left');
    return error;
  }
  throw new Error(where + ': decoded, which should have been refused');
}
`;
