/** Memory that several threads use at once: nothing tears, atomics add up, closing hurts nobody. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { SharedMemory } from '../../runtime/memory/shared-memory.js';
import { leavesNothingOpen } from '../control/open-resources.js';
import { additions, patterns, startWork, stopOffset, workOffset } from './other-thread.js';

const test = suite('memory and threads');

test('aligned integers never tear while another thread writes them', async () => {
  await leavesNothingOpen(async () => {
    using memory = SharedMemory.create({ size: 4096 });
    using mapping = memory.map();
    const { ended } = await startWork(memory, 'flip');
    const seen = new Set<bigint>();
    for (let round = 0; round < 300_000; round++) seen.add(mapping.readBigUint64(workOffset));
    for (let round = 0; round < 300_000; round++) {
      seen.add(BigInt(mapping.readUint32(workOffset)) * 0x1_0000_0001n);
    }
    mapping.writeUint32(stopOffset, 1);
    assert.is(await ended, 0);
    assert.equal(
      [...seen].filter((value) => !patterns.some((pattern) => pattern === value)),
      [],
    );
  });
});

const jitless = process.execArgv.includes('--jitless');

if (!jitless) {
  test('nor without the optimising compilers: all of this once more', () => {
    const self = fileURLToPath(import.meta.url);
    const child = spawnSync(process.execPath, ['--jitless', self], { encoding: 'utf8' });
    assert.is(child.status, 0, child.stdout + child.stderr);
    assert.match(child.stdout, /Passed: +3/);
  });
}

test('atomics of several threads add up', async () => {
  await leavesNothingOpen(async () => {
    using memory = SharedMemory.create({ size: 4096 });
    using mapping = memory.map();
    const counter = mapping.view(Int32Array, workOffset, 1);
    const workers = await Promise.all([startWork(memory, 'count'), startWork(memory, 'count')]);
    for (let count = 0; count < additions; count++) Atomics.add(counter, 0, 1);
    await Promise.all(workers.map(({ ended }) => ended));
    assert.is(counter[0], 3 * additions);
  });
});

test('a mapping closed here stays whole in the thread that has a view of its own', async () => {
  await leavesNothingOpen(async () => {
    using memory = SharedMemory.create({ size: 4096 });
    const { ended } = await startWork(memory, 'look');
    for (let round = 0; round < 200; round++) {
      const mapping = memory.map();
      const view = mapping.view(Int32Array, workOffset, 1);
      view[0] = round;
      mapping.close();
      assert.is(view[0], 0, 'a stale view reads zeros');
    }
    using last = memory.map();
    assert.is(last.readUint32(workOffset), 199);
    last.writeUint32(stopOffset, 1);
    assert.is(await ended, 0);
  });
});

test.run();
