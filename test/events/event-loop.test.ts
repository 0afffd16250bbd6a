/** The event loop: watches, their end, and what callbacks do meanwhile. */
import { readdirSync, readlinkSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Watch, eventLoop } from '../../runtime/events/event-loop.js';
import { type FdSocket, socketPair } from '../../runtime/sockets/fd-socket.js';
import { open } from '../control/memfd.js';
import { leavesNothingOpen } from '../control/open-resources.js';
import { refusal } from '../memory/refusal.js';

const test = suite('the event loop');
const ignore = (): void => {};

/** A pair whose right end is watched for reading. */
class Watched implements Disposable {
  readonly left: FdSocket;
  readonly right: FdSocket;
  readonly watch: Watch;
  calls = 0;
  released = 0;

  constructor(ready: (watched: Watched) => void = (watched) => watched.read()) {
    [this.left, this.right] = socketPair('seqpacket');
    this.watch = eventLoop.watch(this.right, 'readable', {
      ready: () => {
        this.calls++;
        ready(this);
      },
      released: () => {
        this.released++;
      },
    });
  }

  send(): void {
    this.left.send(Uint8Array.of(1));
  }

  read(): void {
    this.right.recv(new Uint8Array(1), { dontWait: true });
  }

  [Symbol.dispose](): void {
    this.left.close();
    this.right.close();
  }
}

/** Some turns of Node's loop. */
async function turns(count = 5): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setTimeout(resolve, 1));
}

/** Processor time of this process, in milliseconds. */
function busy(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

test('calls whoever is armed, once for each packet, and not when disarmed', async () => {
  using watched = new Watched();
  watched.send();
  await turns();
  assert.is(watched.calls, 1);
  watched.watch.disarm();
  assert.is(watched.watch.armed, false);
  watched.send();
  await turns();
  assert.is(watched.calls, 1);
  watched.watch.arm();
  watched.watch.arm();
  await turns();
  assert.is(watched.calls, 2);
  watched.watch.close();
  watched.watch.close();
  watched.watch.arm();
  assert.is(watched.watch.armed, false);
  watched.send();
  await turns();
  assert.is(watched.calls, 2);
  assert.is(watched.released, 0);
});

test('one watch for each direction; a descriptor that can’t be watched says so', async () => {
  await leavesNothingOpen(() => {
    using watched = new Watched();
    const watcher = { ready: ignore, released: ignore };
    assert.is(
      refusal(() => eventLoop.watch(watched.right, 'readable', watcher)),
      'EEXIST',
    );
    using writable = eventLoop.watch(watched.right, 'writable', watcher);
    assert.is(writable.armed, true);
    using file = open(process.execPath, 0);
    assert.is(
      refusal(() => eventLoop.watch(file, 'readable', watcher)),
      'EPERM',
    );
    assert.is(eventLoop.watches(file), false);
    const [left, right] = socketPair();
    left.close();
    right.close();
    assert.is(
      refusal(() => eventLoop.watch(right, 'readable', watcher)),
      'EBADF',
    );
    assert.is(
      refusal(() => eventLoop.watch({ fd: 1_000_000 }, 'readable', watcher)),
      'EBADF',
    );
    assert.is(eventLoop.watches({ fd: 1_000_000 }), false);
  });
});

test('a socket that closes tells its watch, and its number is free for another', async () => {
  const watched = new Watched();
  const { fd } = watched.right;
  watched.send();
  watched.right.close();
  assert.is(watched.released, 1);
  assert.is(eventLoop.watches({ fd }), false);
  using again = new Watched();
  assert.ok(again.left.fd === fd || again.right.fd === fd);
  await turns();
  assert.equal([watched.calls, again.calls], [0, 0]);
  again.send();
  await turns();
  assert.is(again.calls, 1);
  watched.left.close();
});

test('a callback may close the sockets of others in its batch, and open new ones', async () => {
  const all: Watched[] = [];
  const late: Watched[] = [];
  for (let index = 0; index < 20; index++) {
    all.push(
      new Watched((watched) => {
        watched.read();
        for (const other of all) if (other !== watched) other.right.close();
        // They get the numbers of those that have just been closed, some of them ready in this batch.
        for (let count = 0; count < 10; count++) late.push(new Watched());
      }),
    );
  }
  for (const watched of all) watched.send();
  await turns();
  assert.is(all.filter(({ calls }) => calls > 0).length, 1);
  assert.is(all.filter(({ released }) => released === 1).length, 19);
  assert.is(late.length, 10);
  assert.ok(late.every(({ calls }) => calls === 0));
  for (const watched of late) watched.send();
  await turns();
  assert.ok(late.every(({ calls }) => calls === 1));
  for (const watched of [...all, ...late]) watched[Symbol.dispose]();
});

test('an exception in a callback is seen as one of Node’s own, and the others are called', async () => {
  const seen: unknown[] = [];
  const note = (error: unknown): void => {
    seen.push(error);
  };
  process.on('uncaughtException', note);
  using failing = new Watched((watched) => {
    watched.read();
    throw new Error('in a callback');
  });
  using other = new Watched();
  failing.send();
  other.send();
  await turns();
  process.off('uncaughtException', note);
  assert.is(seen.length, 1);
  assert.match(String(seen[0]), /in a callback/);
  assert.is(other.calls, 1);
  failing.send();
  process.on('uncaughtException', note);
  await turns();
  process.off('uncaughtException', note);
  assert.is(failing.calls, 2);
});

test('a hang-up that nobody waits for does not spin', async () => {
  using watched = new Watched();
  watched.watch.disarm();
  // Somebody else keeps the loop alive, and the hung-up socket stays in epoll.
  using other = new Watched();
  watched.left.close();
  await turns();
  const before = busy();
  await new Promise((resolve) => setTimeout(resolve, 300));
  assert.ok(busy() - before < 150, `${busy() - before} ms of 300`);
  assert.is(watched.calls, 0);
  watched.watch.arm();
  await turns(1);
  assert.ok(watched.calls > 0);
  assert.is(other.calls, 0);
});

test('a promise that a callback resolves runs at once, not with the next event', async () => {
  using timer = new KeepAlive();
  for (let round = 0; round < 20; round++) {
    const [left, right] = socketPair();
    const received = right.recvAsync(new Uint8Array(1));
    await turns(1);
    const started = performance.now();
    left.send(Uint8Array.of(1));
    await received;
    // The only other event is seconds away.
    assert.ok(performance.now() - started < 1_500);
    left.close();
    right.close();
  }
  assert.ok(timer);
});

/** A timer far away: the next event that is not ours. */
class KeepAlive implements Disposable {
  readonly #timer = setTimeout(ignore, 3_000);

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }
}

/** Epoll descriptors of this process, Node's own among them. */
function epolls(): number {
  return readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`) === 'anon_inode:[eventpoll]';
    } catch {
      return false; // the directory that is being read
    }
  }).length;
}

test('there is one epoll descriptor of ours, however many wait', async () => {
  using first = new Watched();
  const before = epolls();
  const many = Array.from({ length: 200 }, () => new Watched());
  assert.is(epolls(), before);
  for (const watched of many) watched.send();
  await turns();
  assert.ok(many.every(({ calls }) => calls === 1));
  for (const watched of many) watched[Symbol.dispose]();
  assert.is(first.calls, 0);
});

test.run();
