/** Guest memory: regions, gaps, byte orders. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { GuestMemory } from '../../runtime/memory/guest-memory.js';
import { prlimitMissing, withFullTable } from '../descriptors/full-table.js';
import { testIf } from '../skip.js';
import { refusal } from './refusal.js';
import { SharedMemory } from '../../runtime/memory/shared-memory.js';
import { leavesNothingOpen } from '../control/open-resources.js';
import { whatIsOpen } from '../../runtime/demo/what-is-open.js';

const test = suite('guest memory');

/** Two regions that touch, and one beyond a gap. */
function threeRegions(): GuestMemory {
  return GuestMemory.create([
    { gpa: 0x1_0000_0000n, size: 4096 },
    { gpa: 0n, size: 8192 },
    { gpa: 8192n, size: 4096 },
  ]);
}

test('integers in both byte orders', () => {
  using memory = threeRegions();
  for (const gpa of [0n, 1n, 8192n, 0x1_0000_0ff8n]) {
    memory.writeUint8(gpa, 0x81);
    assert.is(memory.readUint8(gpa), 0x81);
    for (const littleEndian of [true, false]) {
      memory.writeUint16(gpa, 0x1234, littleEndian);
      assert.equal([...memory.read(gpa, 2)], littleEndian ? [0x34, 0x12] : [0x12, 0x34]);
      assert.is(memory.readUint16(gpa, littleEndian), 0x1234);
      memory.writeUint32(gpa, 0x89ab_cdef, littleEndian);
      assert.is(memory.readUint8(gpa), littleEndian ? 0xef : 0x89);
      assert.is(memory.readUint32(gpa, littleEndian), 0x89ab_cdef);
      memory.writeBigUint64(gpa, 0x8123_4567_89ab_cdefn, littleEndian);
      assert.is(memory.readUint8(gpa), littleEndian ? 0xef : 0x81);
      assert.is(memory.readBigUint64(gpa, littleEndian), 0x8123_4567_89ab_cdefn);
    }
  }
  memory.writeUint16(0n, -2, false);
  assert.equal([...memory.read(0n, 2)], [0xff, 0xfe]);
});

test('addresses may be numbers', () => {
  using memory = threeRegions();
  memory.writeUint32(0x1_0000_0000, 5);
  assert.is(memory.readUint32(0x1_0000_0000n), 5);
});

test('copies run through regions that touch; integers do not', () => {
  using memory = threeRegions();
  memory.write(8190n, Uint8Array.of(1, 2, 3, 4));
  assert.equal([...memory.read(8190n, 4)], [1, 2, 3, 4]);
  assert.is(
    refusal(() => memory.readUint32(8190n)),
    'EFAULT',
  );
  assert.is(
    refusal(() => memory.writeUint16(8191n, 1)),
    'EFAULT',
  );
});

test('nothing in gaps or beyond the end, and no half of it is done', () => {
  using memory = threeRegions();
  const bad = [12_288n, 0xffff_ffffn, 0x1_0000_1000n, -1n, 2n ** 63n, 2n ** 64n];
  for (const gpa of bad) {
    assert.is(
      refusal(() => memory.readUint8(gpa)),
      'EFAULT',
      String(gpa),
    );
    assert.is(
      refusal(() => memory.write(gpa, Uint8Array.of(1))),
      'EFAULT',
    );
    assert.is(
      refusal(() => memory.view(Uint8Array, gpa, 1)),
      'EFAULT',
    );
  }
  assert.is(
    refusal(() => memory.read(12_287n, 2)),
    'EFAULT',
  );
  assert.is(
    refusal(() => memory.write(12_287n, Uint8Array.of(1, 2))),
    'EFAULT',
  );
  assert.is(memory.readUint8(12_287n), 0);
  for (const gpa of [Number.NaN, 0.5]) {
    assert.ok(['EFAULT', 'EINVAL'].includes(refusal(() => memory.readUint8(gpa))));
  }
  for (const gpa of [null, '0', true, []] as unknown[] as bigint[]) {
    assert.is(
      refusal(() => memory.readUint8(gpa)),
      'EINVAL',
    );
    assert.is(
      refusal(() => memory.write(gpa, Uint8Array.of(1))),
      'EINVAL',
    );
  }
  for (const length of [-1, 0.5, Number.NaN, 2 ** 40, 2 ** 53]) {
    assert.is(
      refusal(() => memory.read(0n, length)),
      'EFAULT',
      `length ${length}`,
    );
  }
  for (const value of [2 ** 32, -(2 ** 31) - 1, 0.5]) {
    assert.is(
      refusal(() => memory.writeUint32(0n, value, false)),
      'EINVAL',
    );
  }
  assert.is(
    refusal(() => memory.writeBigUint64(0n, 2n ** 64n, false)),
    'EINVAL',
  );
});

test('its end is the highest address', () => {
  using memory = threeRegions();
  assert.is(memory.end, 0x1_0000_1000n);
  assert.equal(
    memory.regions.map(({ gpa, size }) => [gpa, size]),
    [
      [0n, 8192],
      [8192n, 4096],
      [0x1_0000_0000n, 4096],
    ],
  );
});

test('regions that make no sense leave nothing behind', () => {
  const before = whatIsOpen();
  const bad = [
    [{ gpa: 1n, size: 4096 }],
    [{ gpa: 0n, size: 100 }],
    [{ gpa: -4096n, size: 4096 }],
    [{ gpa: 2n ** 52n - 4096n, size: 8192 }],
    [
      { gpa: 0n, size: 8192 },
      { gpa: 4096n, size: 4096 },
    ],
  ];
  for (const regions of bad)
    assert.is(
      refusal(() => GuestMemory.create(regions)),
      'EINVAL',
    );
  assert.equal(whatIsOpen(), before);
});

test('a token maps the same memory again', () => {
  const before = whatIsOpen();
  const memory = threeRegions();
  const again = GuestMemory.fromToken(memory.token());
  memory.writeUint32(0x1_0000_0000n, 0xcafe);
  memory.close();
  memory.close();
  assert.is(again.readUint32(0x1_0000_0000n), 0xcafe);
  assert.is(
    refusal(() => memory.readUint8(0n)),
    'EBADF',
  );
  again.close();
  assert.equal(whatIsOpen(), before);
});

test('pinned memory stays whole', () => {
  using memory = threeRegions();
  const region = memory.regions[1];
  const unpin = region?.mapping.pin();
  assert.is(
    refusal(() => memory.close()),
    'EBUSY',
  );
  memory.writeUint8(0n, 1);
  unpin?.();
});

testIf(test, prlimitMissing(), 'a token for which descriptors run out leaves none open', () => {
  using ram = threeRegions();
  const before = whatIsOpen();
  for (const free of [0, 1, 2]) {
    const code = withFullTable(free, () => refusal(() => ram.token()));
    assert.is(code, 'EMFILE');
    assert.equal(whatIsOpen(), before, `${free} free`);
  }
});

test('a token of which one region can’t be mapped is used up all the same', async () => {
  await leavesNothingOpen(() => {
    using ram = GuestMemory.create([
      { gpa: 0n, size: 4096 },
      { gpa: 0x10_0000n, size: 4096 },
      { gpa: 0x20_0000n, size: 4096 },
    ]);
    const { regions } = ram.token();
    // In the middle memory that is no whole page.
    using odd = SharedMemory.create({ size: 5 });
    const bad = { gpa: 0x18_0000n, memory: odd.token() };
    const [first, ...others] = regions;
    assert.ok(first !== undefined);
    assert.throws(() => GuestMemory.fromToken({ regions: [first, bad, ...others] }), /whole pages/);
    GuestMemory.discardToken(ram.token());
  });
});

test.run();
