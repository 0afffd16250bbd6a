/** Mapped memory: every access is checked, and the end of a mapping kills nobody. */
import { closeSync, ftruncateSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { randomFill } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { deflate, gzip } from 'node:zlib';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { EventFd } from '../../runtime/memory/eventfd.js';
import { MemoryMapping, mappingAddress } from '../../runtime/memory/mapping.js';
import { SharedMemory } from '../../runtime/memory/shared-memory.js';
import { refusal } from './refusal.js';
import { whatIsOpen } from '../../runtime/demo/what-is-open.js';
import { collectGarbage, isMapped } from './garbage.js';

const test = suite('mapping');

function mapped(size: number): MemoryMapping {
  using memory = SharedMemory.create({ name: 'test', size });
  return memory.map();
}

test('integers of each size, signed and not, aligned and not', () => {
  using memory = mapped(4096);
  for (const at of [0, 1, 3, 4, 8, 13, 4080]) {
    memory.writeUint8(at, 0xfe);
    assert.is(memory.readUint8(at), 0xfe);
    assert.is(memory.readInt8(at), -2);
    memory.writeUint16(at, 0xfedc);
    assert.is(memory.readUint16(at), 0xfedc);
    assert.is(memory.readInt16(at), -0x124);
    memory.writeUint32(at, 0xfedc_ba98);
    assert.is(memory.readUint32(at), 0xfedc_ba98);
    assert.is(memory.readInt32(at), 0xfedc_ba98 | 0);
    memory.writeBigUint64(at, 0xfedc_ba98_7654_3210n);
    assert.is(memory.readBigUint64(at), 0xfedc_ba98_7654_3210n);
    assert.is(memory.readBigInt64(at), BigInt.asIntN(64, 0xfedc_ba98_7654_3210n));
    assert.equal([...memory.read(at, 8)], [0x10, 0x32, 0x54, 0x76, 0x98, 0xba, 0xdc, 0xfe]);
    memory.writeBigUint64(at, -1n);
    assert.is(memory.readBigInt64(at), -1n);
  }
});

test('bytes are copied in and out, and filled', () => {
  using memory = mapped(8192);
  const text = new TextEncoder().encode('across a page');
  memory.write(4090, text);
  assert.equal(memory.read(4090, text.length), text);
  const target = new Uint8Array(4);
  memory.readInto(4090, target);
  assert.equal(target, text.slice(0, 4));
  memory.fill(4090, 3, 7);
  assert.equal([...memory.read(4089, 5)], [0, 7, 7, 7, text[3]]);
  assert.is(memory.read(8192, 0).length, 0);
});

test('nothing outside of it, and nothing that is no integer', () => {
  using memory = mapped(4096);
  const bad = [-1, 4096, 4093.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, 2 ** 64];
  for (const offset of bad) {
    assert.is(
      refusal(() => memory.readUint8(offset)),
      'EINVAL',
      `read at ${offset}`,
    );
    assert.is(
      refusal(() => memory.writeUint8(offset, 1)),
      'EINVAL',
      `write at ${offset}`,
    );
    assert.is(
      refusal(() => memory.read(offset, 1)),
      'EINVAL',
    );
    assert.is(
      refusal(() => memory.view(Uint8Array, offset, 1)),
      'EINVAL',
    );
  }
  assert.is(
    refusal(() => memory.readUint16(4095)),
    'EINVAL',
  );
  assert.is(
    refusal(() => memory.readUint32(4093)),
    'EINVAL',
  );
  assert.is(
    refusal(() => memory.readBigUint64(4089)),
    'EINVAL',
  );
  for (const length of [-1, 0.5, Number.NaN, 4097, 2 ** 60]) {
    assert.is(
      refusal(() => memory.read(0, length)),
      'EINVAL',
      `length ${length}`,
    );
    assert.is(
      refusal(() => memory.fill(0, length)),
      'EINVAL',
      `length ${length}`,
    );
    assert.is(
      refusal(() => memory.view(Uint8Array, 0, length)),
      'EINVAL',
      `length ${length}`,
    );
  }
  for (const value of [-129, 256, 1.5, Number.NaN]) {
    assert.is(
      refusal(() => memory.writeUint8(0, value)),
      'EINVAL',
      `value ${value}`,
    );
  }
  assert.is(
    refusal(() => memory.writeUint16(0, 0x1_0000)),
    'EINVAL',
  );
  assert.is(
    refusal(() => memory.writeUint32(0, 2 ** 32)),
    'EINVAL',
  );
  assert.is(
    refusal(() => memory.writeBigUint64(0, 2n ** 64n)),
    'EINVAL',
  );
  assert.is(
    refusal(() => memory.view(Uint32Array, 2, 1)),
    'EINVAL',
  );
});

test('closed: everything says so, twice is nothing', () => {
  const memory = mapped(4096);
  memory.close();
  memory.close();
  assert.ok(memory.closed);
  assert.is(
    refusal(() => memory.readUint8(0)),
    'EBADF',
  );
  assert.is(
    refusal(() => memory.writeUint8(0, 1)),
    'EBADF',
  );
  assert.is(
    refusal(() => memory.read(0, 0)),
    'EBADF',
  );
  assert.is(
    refusal(() => memory.view(Uint8Array, 0, 1)),
    'EBADF',
  );
  assert.is(
    refusal(() => memory.pin()),
    'EBADF',
  );
  assert.is(
    refusal(() => mappingAddress(memory)),
    'EBADF',
  );
});

test('a pinned mapping stays, until all who have pinned it let go', () => {
  using memory = mapped(4096);
  const unpin = memory.pin();
  const unpinToo = memory.pin();
  unpin();
  unpin();
  assert.is(
    refusal(() => memory.close()),
    'EBUSY',
  );
  memory.writeUint8(0, 1);
  unpinToo();
  assert.is(memory.pinned, false);
});

test('no code of a caller ever has a view of the memory itself', () => {
  const mapping = MemoryMapping.anonymous(4096);
  let seen: unknown;
  const keeps = (view: unknown): void => {
    seen = view;
  };
  class Keeps extends Uint8Array {
    override set(view: ArrayLike<number>): void {
      keeps(view);
    }
  }
  class Closes extends Uint8Array {
    override subarray(begin?: number, end?: number): Uint8Array<ArrayBuffer> {
      mapping.close();
      return new Uint8Array(this.buffer).subarray(begin, end);
    }
  }
  const looksLikeBytes: object = { length: 8, set: keeps };
  assert.is(
    refusal(() => mapping.readInto(0, looksLikeBytes as Uint8Array)),
    'EINVAL',
  );
  mapping.writeUint8(0, 5);
  const bytes = new Keeps(8);
  mapping.readInto(0, bytes);
  assert.equal([bytes[0], seen], [5, undefined]);
  assert.is(
    refusal(() => mapping.write(0, new Closes(8))),
    'EBADF',
  );
});

test('a read-only mapping is read, and never written', () => {
  using shared = SharedMemory.create({ size: 4096 });
  using writable = shared.map();
  using memory = shared.map({ readOnly: true });
  writable.writeUint32(0, 7);
  assert.is(memory.readUint32(0), 7);
  assert.is(
    refusal(() => memory.writeUint32(0, 8)),
    'EACCES',
  );
  assert.is(
    refusal(() => memory.write(0, Uint8Array.of(1))),
    'EACCES',
  );
  assert.is(
    refusal(() => memory.fill(0, 1)),
    'EACCES',
  );
  assert.is(
    refusal(() => memory.view(Uint8Array, 0, 1)),
    'EACCES',
  );
});

test('sizes and offsets are whole pages within the memory', () => {
  const before = whatIsOpen();
  using shared = SharedMemory.create({ size: 8192 });
  const sizes = [0, 1, 4095, 4097, -4096, 1.5, Number.NaN, 12_288, 2 ** 53, 2 ** 64 - 1];
  for (const size of sizes) {
    assert.is(
      refusal(() => MemoryMapping.map(shared, size)),
      'EINVAL',
      `size ${size}`,
    );
  }
  for (const offset of [1, 4095, -4096, Number.NaN, 2 ** 52]) {
    assert.is(
      refusal(() => MemoryMapping.map(shared, 4096, { offset })),
      'EINVAL',
      `at ${offset}`,
    );
  }
  const huge = Number.MAX_SAFE_INTEGER - 4095;
  assert.is(
    refusal(() => MemoryMapping.map(shared, huge, { allowShort: true })),
    'ENOMEM',
  );
  using second = shared.map({ offset: 4096 });
  assert.is(second.size, 4096);
  second.close();
  shared.close();
  assert.equal(whatIsOpen(), before);
});

test('descriptors of other kinds are refused with what mmap says', () => {
  const before = whatIsOpen();
  const folder = mkdtempSync(join(tmpdir(), 'vmwire-'));
  const path = join(folder, 'file');
  writeFileSync(path, new Uint8Array(4096));
  const allowShort = true;
  const refusalOf = (open: string, flags: string): string => {
    const fd = openSync(open, flags);
    try {
      return refusal(() => MemoryMapping.map({ fd }, 4096, { allowShort }));
    } finally {
      closeSync(fd);
    }
  };
  assert.is(refusalOf(folder, 'r'), 'EACCES');
  assert.is(refusalOf(path, 'r'), 'EACCES');
  using event = EventFd.create();
  assert.is(
    refusal(() => MemoryMapping.map(event, 4096, { allowShort })),
    'ENODEV',
  );
  event.close();
  assert.is(
    refusal(() => MemoryMapping.map(event, 4096)),
    'EBADF',
  );
  assert.is(
    refusal(() => MemoryMapping.map({ fd: -1 }, 4096)),
    'EBADF',
  );
  const fd = openSync(path, 'r+');
  using file = MemoryMapping.map({ fd }, 4096);
  closeSync(fd);
  file.writeUint8(0, 1);
  assert.is(file.viewable, false);
  file.close();
  rmSync(folder, { recursive: true });
  assert.equal(whatIsOpen(), before);
});

test('memory that its owner truncates is EFAULT, and never SIGBUS', () => {
  using shared = SharedMemory.create({ size: 8192, seals: {} });
  using memory = shared.map();
  memory.writeBigUint64(4096, 5n);
  memory.write(8190, Uint8Array.of(1, 2));
  assert.is(memory.readBigUint64(4096), 5n);
  assert.is(memory.readUint16(8190), 0x201);
  assert.is(
    refusal(() => memory.view(Uint8Array, 0, 1)),
    'EPERM',
  );
  ftruncateSync(shared.fd, 4096);
  assert.is(memory.readUint8(4095), 0);
  assert.is(
    refusal(() => memory.readUint8(4096)),
    'EFAULT',
  );
  assert.is(
    refusal(() => memory.writeUint32(4096, 1)),
    'EFAULT',
  );
  assert.is(
    refusal(() => memory.read(4090, 10)),
    'EFAULT',
  );
  assert.is(
    refusal(() => memory.fill(0, 8192, 1)),
    'EFAULT',
  );
  ftruncateSync(shared.fd, 0);
  assert.is(
    refusal(() => memory.readUint8(0)),
    'EFAULT',
  );
});

test('short memory is mapped only if that is asked for', () => {
  using shared = SharedMemory.create({ size: 4096 });
  assert.is(
    refusal(() => MemoryMapping.map(shared, 8192)),
    'EINVAL',
  );
  using memory = MemoryMapping.map(shared, 8192, { allowShort: true });
  assert.is(memory.readUint8(0), 0);
  assert.is(memory.viewable, false);
  assert.is(
    refusal(() => memory.readUint8(4096)),
    'EFAULT',
  );
});

test('guarded copies of more than one block', () => {
  using shared = SharedMemory.create({ size: 256 * 1024, seals: {} });
  using memory = shared.map();
  const source = new Uint8Array(200_000).map((_, index) => index % 251);
  memory.write(5, source);
  assert.equal(memory.read(5, source.length), source);
  memory.fill(0, 150_000, 9);
  assert.is(memory.readUint8(149_999), 9);
  assert.is(memory.readUint8(150_000), (150_000 - 5) % 251);
});

test('more than 4 GiB, and copies across the seams', () => {
  const gib = 2 ** 30;
  using memory = mapped(5 * gib);
  memory.writeUint32(4.5 * gib, 0xcafe);
  assert.is(memory.readUint32(4.5 * gib), 0xcafe);
  const seam = 4 * gib - 2;
  memory.write(seam, Uint8Array.of(1, 2, 3, 4));
  assert.equal([...memory.read(seam, 4)], [1, 2, 3, 4]);
  assert.is(memory.readUint32(seam), 0x0403_0201);
  memory.writeBigUint64(seam - 1, 0x0807_0605_0403_0201n);
  assert.is(memory.readBigUint64(seam - 1), 0x0807_0605_0403_0201n);
  memory.fill(seam, 4, 7);
  assert.equal([...memory.read(seam - 1, 6)], [1, 7, 7, 7, 7, 6]);
  assert.is(
    refusal(() => memory.view(Uint8Array, seam, 4)),
    'EINVAL',
  );
  const view = memory.view(Uint8Array, 4 * gib, 2);
  assert.equal([...view], [7, 7]);
});

test('anonymous memory', () => {
  using memory = MemoryMapping.anonymous(8192);
  memory.writeUint8(8191, 3);
  assert.is(memory.view(Uint8Array, 8191, 1)[0], 3);
  assert.is(
    refusal(() => MemoryMapping.anonymous(100)),
    'EINVAL',
  );
});

test('a view outlives its mapping as zeros, and its addresses go back with it', async () => {
  const memory = mapped(8192);
  const address = mappingAddress(memory);
  memory.writeUint8(5, 42);
  const holder = { view: memory.view(Uint8Array, 0, 8192) };
  assert.is(holder.view[5], 42);
  memory.close();
  assert.is(holder.view[5], 0);
  holder.view[5] = 1;
  await collectGarbage();
  assert.ok(isMapped(address), 'the view is still held');
  assert.is(holder.view[5], 1);
  holder.view = new Uint8Array(0);
  await collectGarbage();
  assert.not(isMapped(address), 'the view is gone');
});

test('without a view the addresses go back at once', () => {
  const memory = mapped(8192);
  const address = mappingAddress(memory);
  memory.readUint8(0);
  assert.ok(isMapped(address));
  memory.close();
  assert.not(isMapped(address));
});

test('a buffer under a view stays in its thread', () => {
  using memory = mapped(4096);
  const view = memory.view(Uint8Array, 0, 4096);
  const { buffer } = view;
  try {
    structuredClone(view, { transfer: [buffer] });
  } catch (error) {
    assert.instance(error, Error);
  }
  assert.is(buffer.byteLength, 4096);
  const transfer: unknown = Reflect.get(buffer, 'transfer');
  if (typeof transfer === 'function') {
    assert.is(
      refusal(() => Reflect.apply(transfer, buffer, [])),
      'EPERM',
    );
  }
});

test('closing under zlib and crypto that still use a view', async () => {
  const compress = [promisify(gzip), promisify(deflate)];
  for (let round = 0; round < 20; round++) {
    const memory = mapped(1 << 20);
    const view = memory.view(Uint8Array, 0, 1 << 20);
    const busy = [
      ...compress.map((each) => each(view)),
      promisify(randomFill)(view),
      promisify(randomFill)(view.subarray(100)),
    ];
    memory.close();
    await Promise.all(busy);
  }
  assert.ok(true, 'still alive');
});

test.run();
