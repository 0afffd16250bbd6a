/** Descriptors that close exactly once, whoever owns them. */
import { closeSync, constants, fstatSync, openSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { F_GETFD, fcntl } from '../../native/fd.js';
import { closeAll } from '../../runtime/descriptors/close-all.js';
import { MaybeOwnedFd } from '../../runtime/descriptors/maybe-owned-fd.js';
import { OwnedFd } from '../../runtime/descriptors/owned-fd.js';
import { leavesNothingOpen } from '../control/open-resources.js';
import { refusal } from '../memory/refusal.js';

const test = suite('owned descriptors');

function device(): OwnedFd {
  return OwnedFd.adopt(openSync('/dev/null', constants.O_RDONLY), '/dev/null');
}

function isOpen(fd: number): boolean {
  return fcntl(fd, F_GETFD, 0) !== -1;
}

test('closes once, although its number is somebody else’s by then', () => {
  const owned = device();
  const number = owned.fd;
  owned.close();
  assert.is(isOpen(number), false);
  // The lowest free number is the one that comes next.
  const other = openSync('/dev/zero', constants.O_RDONLY);
  assert.is(other, number);
  owned.close();
  owned[Symbol.dispose]();
  assert.is(isOpen(other), true);
  closeSync(other);
});

test('a number that was taken is not closed, and can’t be taken again', () => {
  const owned = device();
  const number = owned.take();
  assert.is(owned.closed, true);
  owned.close();
  assert.is(isOpen(number), true);
  assert.is(
    refusal(() => owned.take()),
    'EBADF',
  );
  closeSync(number);
});

test('only the number of an open descriptor is adopted', () => {
  const number = openSync('/dev/null', constants.O_RDONLY);
  closeSync(number);
  for (const wrong of [number, -1, 1.5, Number.NaN, 2 ** 31, -0.5]) {
    assert.is(
      refusal(() => OwnedFd.adopt(wrong)),
      'EBADF',
      String(wrong),
    );
  }
});

test('using one that is closed is EBADF, and says which', () => {
  const owned = device();
  owned.close();
  for (const use of [() => owned.fd, () => owned.take(), () => owned.duplicate()]) {
    assert.is(refusal(use), 'EBADF');
    assert.throws(use, /\/dev\/null/);
  }
});

test('a duplicate is another number of the same file, and outlives it', async () => {
  await leavesNothingOpen(() => {
    const owned = device();
    using copy = owned.duplicate();
    assert.is.not(copy.fd, owned.fd);
    const { rdev } = fstatSync(owned.fd);
    owned.close();
    assert.is(fstatSync(copy.fd).rdev, rdev);
    assert.is(fcntl(copy.fd, F_GETFD, 0), 1);
  });
});

test('a duplicate of a number that somebody else has closed is EBADF', () => {
  const owned = device();
  closeSync(owned.fd);
  assert.is(
    refusal(() => owned.duplicate()),
    'EBADF',
  );
  owned.take();
});

test('a list is closed and emptied, also where some are closed already', async () => {
  await leavesNothingOpen(() => {
    const list = [device(), device(), device()];
    list[1]?.close();
    closeAll(list);
    assert.is(list.length, 0);
  });
});

test('maybe owned: the owned one closes with it, the borrowed one does not', async () => {
  await leavesNothingOpen(() => {
    const owned = device();
    {
      using borrowed = MaybeOwnedFd.borrowed(owned);
      assert.is(borrowed.isOwned, false);
      assert.is(borrowed.fd, owned.fd);
    }
    assert.is(owned.closed, false);
    const maybe = MaybeOwnedFd.owned(owned);
    assert.is(maybe.isOwned, true);
    assert.is(maybe.fd, owned.fd);
    maybe.close();
    maybe.close();
    assert.is(owned.closed, true);
    assert.is(
      refusal(() => maybe.fd),
      'EBADF',
    );
    assert.is(
      refusal(() => MaybeOwnedFd.borrowed(owned).fd),
      'EBADF',
    );
  });
});

test('maybe owned: what is no descriptor is refused at once', () => {
  for (const what of [undefined, null, 5, 'fd', {}] as never[]) {
    assert.is(
      refusal(() => MaybeOwnedFd.borrowed(what)),
      'EINVAL',
    );
    assert.is(
      refusal(() => MaybeOwnedFd.owned(what)),
      'EINVAL',
    );
  }
});

test.run();
