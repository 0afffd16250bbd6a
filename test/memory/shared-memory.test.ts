/** Shared memory: sizes, seals, and what is taken over from strangers. */
import { closeSync, ftruncateSync, openSync, readlinkSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { OwnedFd } from '../../runtime/descriptors/owned-fd.js';
import { EventFd } from '../../runtime/memory/eventfd.js';
import { MemoryMapping } from '../../runtime/memory/mapping.js';
import { SharedMemory } from '../../runtime/memory/shared-memory.js';
import { refusal } from './refusal.js';
import { whatIsOpen } from '../../runtime/demo/what-is-open.js';

const test = suite('shared memory');

test('by default its size is fixed for ever', () => {
  using memory = SharedMemory.create({ name: 'ram', size: 10_000 });
  assert.is(memory.size, 10_000);
  const all = { shrink: true, grow: true, write: false, futureWrite: false, seal: true };
  assert.equal(memory.seals, all);
  assert.throws(() => ftruncateSync(memory.fd, 4096), /EPERM/);
  assert.throws(() => ftruncateSync(memory.fd, 20_000), /EPERM/);
  assert.is(
    refusal(() => memory.addSeals({ write: true })),
    'EPERM',
  );
  assert.match(readlinkSync(`/proc/self/fd/${memory.fd}`), '/memfd:ram');
});

test('read-only sharing: others can neither write it nor map it for writing', () => {
  using memory = SharedMemory.create({ size: 4096, seals: { shrink: true, grow: true } });
  using own = memory.map();
  memory.addSeals({ futureWrite: true, seal: true });
  own.writeUint8(0, 9);
  const reopened = openSync(`/proc/self/fd/${memory.fd}`, 'r+');
  assert.is(
    refusal(() => MemoryMapping.map({ fd: reopened }, 4096)),
    'EPERM',
  );
  using theirs = MemoryMapping.map({ fd: reopened }, 4096, { readOnly: true });
  closeSync(reopened);
  assert.is(theirs.readUint8(0), 9);
});

test('sealed against writing', () => {
  using memory = SharedMemory.create({ size: 4096, seals: {} });
  const mapping = memory.map();
  assert.is(
    refusal(() => memory.addSeals({ write: true })),
    'EBUSY',
  );
  mapping.close();
  memory.addSeals({ write: true });
  assert.ok(memory.seals.write);
  assert.is(
    refusal(() => memory.map()),
    'EPERM',
  );
  assert.is(
    refusal(() => memory.punchHole(0, 4096)),
    'EPERM',
  );
});

test('sizes and names that make no sense', () => {
  const before = whatIsOpen();
  for (const size of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, 2 ** 64 - 1]) {
    assert.is(
      refusal(() => SharedMemory.create({ size })),
      'EINVAL',
      `size ${size}`,
    );
  }
  const huge = Number.MAX_SAFE_INTEGER;
  assert.ok(
    ['EFBIG', 'no error'].includes(refusal(() => SharedMemory.create({ size: huge }).close())),
  );
  assert.is(
    refusal(() => SharedMemory.create({ size: 1, name: 'a\0b' })),
    'EINVAL',
  );
  assert.is(
    refusal(() => SharedMemory.create({ size: 1, name: 'x'.repeat(250) })),
    'EINVAL',
  );
  SharedMemory.create({ size: 1, name: 'x'.repeat(249) }).close();
  assert.equal(whatIsOpen(), before);
});

test('holes read as zeros', () => {
  using memory = SharedMemory.create({ size: 8192 });
  using mapping = memory.map();
  mapping.fill(0, 8192, 1);
  memory.punchHole(4096, 4096);
  assert.is(mapping.readUint8(4095), 1);
  assert.is(mapping.readUint8(4096), 0);
  for (const [offset, length] of [
    [-1, 4096],
    [0, 1],
    [0, Number.NaN],
  ] as const) {
    assert.is(
      refusal(() => memory.punchHole(offset, length)),
      'EINVAL',
    );
  }
});

test('only a memfd is taken over, and what is refused stays open', () => {
  const before = whatIsOpen();
  using memory = SharedMemory.create({ size: 4096 });
  using owned = OwnedFd.adopt(openSync(`/proc/self/fd/${memory.fd}`, 'r+'), 'reopened');
  using adopted = SharedMemory.adopt(owned);
  assert.is(adopted.size, 4096);
  assert.ok(owned.closed, 'it was taken');
  for (const [path, flags] of [
    ['/dev/null', 'r+'],
    ['/proc/self', 'r'],
    [process.execPath, 'r'],
  ] as const) {
    using other = OwnedFd.adopt(openSync(path, flags), path);
    assert.is(
      refusal(() => SharedMemory.adopt(other)),
      'EINVAL',
      path,
    );
    assert.not(other.closed);
  }
  using event = EventFd.create();
  assert.is(
    refusal(() => SharedMemory.adopt(OwnedFd.adopt(event.token().fd, 'event'))),
    'EINVAL',
  );
  assert.is(
    refusal(() => SharedMemory.adopt(owned)),
    'EBADF',
  );
  adopted.close();
  memory.close();
  event.close();
  // The token that was refused is the one that nobody closed.
  assert.is(whatIsOpen().descriptors, before.descriptors + 1);
});

test('closed: everything says so, twice is nothing', () => {
  const memory = SharedMemory.create({ size: 4096 });
  memory.close();
  memory.close();
  assert.ok(memory.closed);
  assert.is(
    refusal(() => memory.fd),
    'EBADF',
  );
  assert.is(
    refusal(() => memory.size),
    'EBADF',
  );
  assert.is(
    refusal(() => memory.seals),
    'EBADF',
  );
  assert.is(
    refusal(() => memory.map()),
    'EBADF',
  );
  assert.is(
    refusal(() => memory.token()),
    'EBADF',
  );
});

test('a token is a descriptor of its own', () => {
  const memory = SharedMemory.create({ size: 4096 });
  const token = memory.token();
  memory.close();
  using taken = SharedMemory.fromToken(token);
  using mapping = taken.map();
  mapping.writeUint8(0, 1);
  assert.is(taken.size, 4096);
});

test.run();
