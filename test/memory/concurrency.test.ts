/** Memory that several threads use at once: whole words, exact counters, and ends that hurt nobody. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { mappingAddress } from '../../runtime/memory/mapping.js';
import { SharedMemory } from '../../runtime/memory/shared-memory.js';
import { compiled, runNode } from '../child.js';
import { leavesNothingOpen } from '../control/open-resources.js';
import type { ClosingReport } from './closing.js';
import { refusal } from './refusal.js';
import { startThread } from './threads.js';
import type { Reads } from './torn-reads.js';
import { words } from './words.js';

const test = suite('memory and threads');

/** Runs a program of this folder, which must live to its end, and reads the JSON that it prints. */
async function runProgram(name: string, nodeFlags: readonly string[] = []): Promise<unknown> {
  const path = compiled(`test/memory/${name}.js`);
  const { status, signal, stdout, stderr } = await runNode([...nodeFlags, path]);
  assert.equal({ status, signal }, { status: 0, signal: null }, stderr);
  return JSON.parse(stdout);
}

for (const flags of [[], ['--jitless']]) {
  test(`aligned reads never tear: ${['node', ...flags].join(' ')}`, async () => {
    const counts = (await runProgram('torn-reads', flags)) as Record<string, Reads>; // what it prints
    const { dataView, ...ours } = counts;
    assert.is(Object.keys(ours).length, 9);
    for (const [name, { changes, torn }] of Object.entries(ours)) {
      assert.is(torn, 0, `${name} tore`);
      assert.ok(changes > 0, `${name} ran while the other thread wrote`);
    }
    // The program would see it: byte by byte, which is what an interpreted DataView does, tears.
    if (flags.includes('--jitless')) assert.ok(dataView !== undefined && dataView.torn > 0);
  });
}

test('Atomics.add on views is exact, whoever adds', async () => {
  const times = 30_000;
  using memory = SharedMemory.create({ name: 'counters', size: 4096 });
  using mapping = memory.map();
  const threads = await Promise.all([0, 1, 2].map(() => startThread(memory, 'add', times)));
  const counter = mapping.view(Int32Array, words.counter, 1);
  for (let count = 0; count < times; count++) Atomics.add(counter, 0, 1);
  await Promise.all(threads.map(({ ended }) => ended));
  assert.is(mapping.readUint32(words.counter), 4 * times);
  assert.is(mapping.readBigInt64(words.wideCounter), BigInt(3 * times) << 31n);
  assert.is(mapping.readUint8(words.narrowCounter), (3 * times) % 256);
});

test('each thread maps its own token, and lets go of it at its end', async () => {
  await leavesNothingOpen(async () => {
    using memory = SharedMemory.create({ name: 'tokens', size: 4096 });
    using mapping = memory.map();
    const threads = await Promise.all([0, 1, 2].map(() => startThread(memory, 'answer')));
    const addresses = [mappingAddress(mapping), ...threads.map(({ address }) => address)];
    assert.is(new Set(addresses).size, 4);
    mapping.writeUint32(words.stop, 1);
    await Promise.all(threads.map(({ ended }) => ended));
  });
});

test('a mapping that one thread closes stays with the others', async () => {
  using memory = SharedMemory.create({ name: 'others', size: 4096 });
  using mapping = memory.map();
  const thread = await startThread(memory, 'answer');
  mapping.writeUint32(words.question, 0xcafe);
  mapping.writeUint32(words.stop, 1);
  const view = mapping.view(Uint32Array, 0, 1024);
  mapping.close();
  assert.is(view[words.question / 4], 0);
  view[words.reply / 4] = 7; // into the zeros that took its place, where the others do not see it
  await thread.ended;
  using again = memory.map();
  assert.is(again.readUint32(words.reply), 0xcafe);
  assert.is(
    refusal(() => mapping.readUint32(words.reply)),
    'EBADF',
  );
});

test('closing under zlib, crypto, files and threads that still use a view', async () => {
  const report = (await runProgram('closing')) as ClosingReport; // what it prints
  assert.ok(report.growth < 8, `${report.growth} mappings stay`);
  assert.is(report.notZero, 0);
  assert.equal(report.codes, ['EBADF']);
  assert.is(report.closes, 272);
});

test.run();
