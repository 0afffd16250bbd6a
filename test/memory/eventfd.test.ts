/** Eventfds. */
import { closeSync, openSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { OwnedFd } from '../../runtime/descriptors/owned-fd.js';
import { EventFd } from '../../runtime/memory/eventfd.js';
import { refusal } from './refusal.js';
import { whatIsOpen } from '../../runtime/demo/what-is-open.js';

const test = suite('eventfd');

test('writes add up, and a read takes them all', () => {
  using event = EventFd.create({ initial: 3 });
  event.write();
  event.write(10n);
  assert.is(event.read(), 14n);
  assert.is(event.read(), undefined);
});

test('a semaphore gives one at a time', () => {
  using event = EventFd.create({ initial: 2, semaphore: true });
  assert.equal([event.read(), event.read(), event.read()], [1n, 1n, undefined]);
});

test('it is full at 2^64-2, and nothing blocks', () => {
  using event = EventFd.create();
  event.write(2n ** 64n - 2n);
  assert.is(
    refusal(() => event.write()),
    'EAGAIN',
  );
  assert.is(event.read(), 2n ** 64n - 2n);
});

test('values that make no sense', () => {
  using event = EventFd.create();
  for (const value of [-1n, 2n ** 64n - 1n, 2n ** 64n]) {
    assert.is(
      refusal(() => event.write(value)),
      'EINVAL',
    );
  }
  for (const initial of [-1, 1.5, Number.NaN, 2 ** 32]) {
    assert.is(
      refusal(() => EventFd.create({ initial })),
      'EINVAL',
    );
  }
});

test('closed: everything says so, twice is nothing', () => {
  const event = EventFd.create();
  event.close();
  event.close();
  assert.ok(event.closed);
  assert.is(
    refusal(() => event.read()),
    'EBADF',
  );
  assert.is(
    refusal(() => event.write()),
    'EBADF',
  );
  assert.is(
    refusal(() => event.token()),
    'EBADF',
  );
});

test('whoever gave it away can not close it under those who wait', async () => {
  const event = EventFd.create();
  const received = OwnedFd.adopt(event.token().fd, 'received');
  const adopted = EventFd.adopt(received);
  const waiting = adopted.readAsync({ timeoutMs: 2_000 });
  received.close();
  event.write(3n);
  assert.is(await waiting, 3n);
  adopted.close();
  event.close();
});

test('tokens and received descriptors share the counter; other files are refused', () => {
  const before = whatIsOpen();
  using event = EventFd.create();
  using taken = EventFd.fromToken(event.token());
  using adopted = EventFd.adopt(OwnedFd.adopt(event.token().fd, 'received'));
  taken.write(2n);
  assert.is(adopted.read(), 2n);
  const fd = openSync('/dev/null', 'r');
  using other = OwnedFd.adopt(fd, '/dev/null');
  assert.is(
    refusal(() => EventFd.adopt(other)),
    'EINVAL',
  );
  closeSync(other.take());
  event.close();
  taken.close();
  adopted.close();
  assert.equal(whatIsOpen(), before);
});

test.run();
