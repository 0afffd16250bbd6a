/** Descriptors whose every call blocks for as long as a stranger likes, sent to a server as memory. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { errno } from '../../native/errno.js';
import { ControlClient } from '../../runtime/control/client.js';
import { SharedMemory } from '../../runtime/memory/shared-memory.js';
import { testIf } from '../skip.js';
import { fuseMissing } from './blocking-files.js';
import type { FusePeerAnswer, FusePeerOrder } from './fuse-peer.js';
import { fuse } from './fuse-thread.js';
import { RemoteServer } from './remote-server.js';

const test = suite('descriptors that block');
const missing = fuseMissing();
const program = fileURLToPath(new URL('fuse-peer.js', import.meta.url));

/** The stranger, whose file system ends with it: that sets free whoever waits for it. */
class FusePeer implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #folder: string;

  private constructor(child: ChildProcess, folder: string) {
    this.#child = child;
    this.#folder = folder;
  }

  static async start(path: string): Promise<FusePeer> {
    const folder = mkdtempSync(join(tmpdir(), 'vmwire-fuse-'));
    const child = fork(program, [path, folder]);
    await once(child, 'message');
    return new FusePeer(child, folder);
  }

  async ask(order: FusePeerOrder): Promise<FusePeerAnswer> {
    this.#child.send(order);
    const [answer] = await once(this.#child, 'message', { signal: AbortSignal.timeout(10_000) });
    return answer as FusePeerAnswer; // the other end is `obey` in fuse-peer.ts
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exit = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await exit;
    rmdirSync(this.#folder);
  }
}

/** What a well-behaved client gets done meanwhile. */
async function isServed(client: ControlClient, requests = 20): Promise<void> {
  for (let count = 0; count < requests; count++) {
    using memory = SharedMemory.create({ name: 'honest', size: 4096 });
    const { slot } = await client.registerMemory(memory);
    await client.unregisterMemory(slot);
  }
}

const refused = `errno ${errno.EINVAL}`;

testIf(test, missing, 'refused at once; others are served while its close hangs', async () => {
  using server = await RemoteServer.start();
  using client = await ControlClient.connect(server.path);
  await using peer = await FusePeer.start(server.path);
  await isServed(client);
  const before = await server.counts();
  assert.equal(await peer.ask({ register: 1, descriptors: 1 }), [refused]);
  await isServed(client);
  // The one thing that was asked of it is to close: neither its size nor its kind.
  assert.equal(await peer.ask('calls'), [fuse.FLUSH]);
  await peer.ask('goOn');
  await isServed(client);
  const { descriptors, mappings, slots } = await server.until(
    'as before',
    (counts) => counts.descriptors === before.descriptors,
  );
  assert.equal([descriptors, mappings, slots], [before.descriptors, before.mappings, 0]);
});

testIf(
  test,
  missing,
  'a hundred: two closes hang at a time, 62 wait, and no more are taken',
  async () => {
    using server = await RemoteServer.start();
    using client = await ControlClient.connect(server.path);
    await using peer = await FusePeer.start(server.path);
    await isServed(client);
    const before = await server.counts();
    const answers = await peer.ask({ register: 50, descriptors: 2 });
    const taken = Array<string>(32).fill(`errno ${errno.EPROTO}`);
    assert.equal(answers, [...taken, ...Array<string>(18).fill(`errno ${errno.EMFILE}`)]);
    await isServed(client);
    // The kernel closes the others, and waits for no answer to that; it asks for twelve at a time.
    const calls = await peer.ask('calls');
    assert.is(calls.filter((call) => call === fuse.FLUSH).length, 2);
    assert.ok(calls.includes(fuse.RELEASE));
    // A number is free as soon as its close begins.
    assert.is((await server.counts()).descriptors, before.descriptors + 62);
    await peer.ask('goOn');
    await server.until('as before', (counts) => counts.descriptors === before.descriptors);
    await isServed(client);
  },
);

// With one of the two limits, the last pair finds room for one of its two.
for (const limit of [64, 65]) {
  const name = `more than a table of ${limit} holds: refused, and never waited for`;
  testIf(test, missing, name, async () => {
    using server = await RemoteServer.start({}, limit);
    using client = await ControlClient.connect(server.path);
    await using peer = await FusePeer.start(server.path);
    await isServed(client);
    const before = server.openFiles;
    const full = `errno ${errno.EMFILE}`;
    for (const [descriptors, otherwise] of [
      [2, `errno ${errno.EPROTO}`],
      [1, refused],
    ] as const) {
      const answers = await peer.ask({ register: 60, descriptors });
      assert.equal(new Set([otherwise, ...answers]), new Set([otherwise, full]));
      for (let count = 0; count < 20; count++) await client.balloonAdjust(count);
    }
    await peer.ask('goOn');
    for (const deadline = Date.now() + 10_000; server.openFiles > before;) {
      assert.ok(Date.now() < deadline, `${server.openFiles} descriptors, ${before} before`);
      await client.balloonAdjust(1);
    }
    await isServed(client);
  });
}

testIf(test, missing, 'the end of its file system sets everyone free', async () => {
  using server = await RemoteServer.start();
  using client = await ControlClient.connect(server.path);
  await isServed(client);
  const before = await server.counts();
  {
    await using peer = await FusePeer.start(server.path);
    assert.equal(await peer.ask({ register: 3, descriptors: 1 }), [refused, refused, refused]);
  }
  await server.until('as before', (counts) => counts.descriptors === before.descriptors);
  await isServed(client);
});

testIf(test, missing, 'a server that is killed meanwhile ends with the file system', async () => {
  using server = await RemoteServer.start();
  const peer = await FusePeer.start(server.path);
  assert.equal(await peer.ask({ register: 1, descriptors: 1 }), [refused]);
  // Until then not even SIGKILL ends a process that waits in close(2): a limit that SECURITY.md states.
  server.kill('SIGKILL');
  await peer[Symbol.asyncDispose]();
  await server.ended();
});

test.run();
