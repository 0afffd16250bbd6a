/** The values and packets that tests and vectors are computed from, against Node's own Buffer and by hand. */
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  boundaryValues,
  bytesOf,
  errnoBits,
  errnoValue,
  valueOf,
} from '../../codegen/cases/integers.js';
import {
  hex,
  keptDescriptors,
  lookAlikes,
  meaningfulBytes,
  packet,
  sampleValues,
  unassignedTags,
} from '../../codegen/cases/packets.js';
import type { WireInteger } from '../../codegen/model/packet.js';
import type { Message, Variant } from '../../codegen/model/protocol.js';
import { readProtocol } from '../../codegen/read/index.js';

const types = ([1, 2, 4, 8] as const).flatMap((size) =>
  [false, true].flatMap((signed) =>
    (['little', 'big'] as const).map((endian): WireInteger => ({ size, signed, endian })),
  ),
);

/** What Buffer writes. */
function buffered({ size, signed, endian }: WireInteger, value: bigint): string {
  const buffer = Buffer.alloc(size);
  const big = endian === 'big';
  if (size < 8) {
    if (signed && big) buffer.writeIntBE(Number(value), 0, size);
    else if (signed) buffer.writeIntLE(Number(value), 0, size);
    else if (big) buffer.writeUIntBE(Number(value), 0, size);
    else buffer.writeUIntLE(Number(value), 0, size);
  } else if (signed) {
    if (big) buffer.writeBigInt64BE(value);
    else buffer.writeBigInt64LE(value);
  } else if (big) buffer.writeBigUInt64BE(value);
  else buffer.writeBigUInt64LE(value);
  return buffer.toString('hex');
}

async function vmControl(): Promise<{ request: Message; response: Message }> {
  const file = fileURLToPath(new URL('../../../schema/vm_control.ksy', import.meta.url));
  const { protocol } = await readProtocol(file);
  if (protocol?.exchange === undefined) throw new Error('vm_control has no exchange');
  return protocol.exchange;
}

function variantOf(message: Message, name: string): Variant {
  const variant = message.variants.find((each) => each.name === name);
  if (variant === undefined) throw new Error(`there is no ${name}`);
  return variant;
}

test('bytes are those that Buffer writes, and read back', () => {
  let cases = 0;
  for (const type of types) {
    for (const { name, value } of boundaryValues(type)) {
      const bytes = bytesOf(type, value);
      assert.is(hex(bytes), buffered(type, value), `${JSON.stringify(type)} ${name}`);
      assert.is(valueOf(type, bytes), value);
      cases++;
    }
  }
  assert.ok(cases > 100);
});

test('every type has its boundaries, each value once', () => {
  for (const type of types) {
    const values = boundaryValues(type).map(({ value }) => value);
    const bits = BigInt(8 * type.size);
    assert.is(new Set(values).size, values.length);
    for (const value of type.signed
      ? [0n, 1n, -1n, -(1n << (bits - 1n)), (1n << (bits - 1n)) - 1n]
      : [0n, 1n, 1n << (bits - 1n), (1n << bits) - 1n]) {
      assert.ok(values.includes(value), `${JSON.stringify(type)} ${value}`);
    }
  }
});

test('an errno travels as its absolute value', () => {
  assert.equal([-5n, 5n, 0n, -(2n ** 31n), 2n ** 31n].map(errnoBits), [5n, 5n, 0n, 34n, 2n ** 31n]);
  assert.equal([5n, 0xffffffffn, 0x80000000n, 0n].map(errnoValue), [5n, 1n, 2n ** 31n, 0n]);
});

/** The packet in hex, with a space between the members. */
function composed(message: Message, variant: string, values: Record<string, bigint>): string {
  const lists = Object.entries(values).map(([name, value]) => [name, [value]] as const);
  const bytes = packet(message, variantOf(message, variant), new Map(lists));
  return message.wire.struct
    .map(({ offset, size }) => hex(bytes.slice(offset, offset + size)))
    .join(' ');
}

test('packets of the reference', async () => {
  const { request, response } = await vmControl();
  assert.is(composed(request, 'exit', {}), '01000000 00000000 0000000000000000 00000000 00000000');
  assert.is(
    composed(request, 'register_memory', { size: 0x11000n }),
    '02000000 00000000 0010010000000000 00000000 00000000',
  );
  assert.is(
    composed(request, 'balloon_adjust', { num_pages: -2n }),
    '04000000 00000000 0000000000000000 feffffff 00000000',
  );
  assert.is(
    composed(response, 'register_memory', { pfn: 0x4000000n, slot: 7n }),
    '03000000 00000000 0000000400000000 07000000 00000000',
  );
});

test('no two bytes of a sample are alike, and only the used ones are set', async () => {
  const { response } = await vmControl();
  const variant = variantOf(response, 'register_memory');
  const bytes = packet(response, variant, sampleValues(response, variant));
  const meaningful = meaningfulBytes(response, variant);
  const used = bytes.filter((_, at) => at >= 4 && meaningful[at]);
  assert.is(used.length, 12);
  assert.is(new Set(used).size, 12);
  assert.ok(bytes.every((byte, at) => byte === 0 || meaningful[at]));
});

test('tags that name no variant', async () => {
  const { request } = await vmControl();
  const tags = unassignedTags(request);
  for (const tag of ['00000000', '05000000', 'ff000000', '01000001', '00000001', 'ffffffff']) {
    assert.ok(tags.has(tag), tag);
  }
  for (const tag of ['01000000', '02000000', '03000000', '04000000']) assert.not(tags.has(tag));
  assert.ok(lookAlikes(request, variantOf(request, 'exit')).includes(0x01000001n));
});

test('which descriptors are kept', async () => {
  const { request } = await vmControl();
  const memory = variantOf(request, 'register_memory');
  assert.is(keptDescriptors(memory, 0, 'crosvm2018'), 'expect_fd');
  assert.is(keptDescriptors(memory, 2, 'strict'), 'unexpected_fd');
  assert.equal(keptDescriptors(memory, 1, 'strict'), [0]);
  assert.equal(keptDescriptors(memory, 3, 'crosvm2018'), [2]);
  assert.equal(keptDescriptors(variantOf(request, 'exit'), 2, 'crosvm2018'), []);
});

test.run();
