/** What the hot paths allocate, by V8's statistics of the heap: counts that no busy machine changes. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { program, subjectFile } from './contender.js';
import { allocation } from './measure/allocation.js';
import { run } from './measurement.js';

const test = suite('allocation');

for (const measurement of allocation) {
  test(measurement.title, async () => {
    const limits = { rounds: 1, milliseconds: 60_000 };
    const { verdicts, missing } = await run({ ...measurement, count: 500_000 }, limits);
    assert.equal(missing, []);
    assert.is(verdicts.length, 2);
    for (const { target, measured, met } of verdicts) {
      assert.ok(met, `${target.figure}: ${measured} bytes, at most ${target.atMost}`);
    }
  });
}

test('a request and its response through sockets allocate little beside the messages', async () => {
  // Without the optimizing compilers, which spare boxes and options as the machine's load lets them.
  const command = [process.execPath, '--no-opt', '--no-maglev'];
  const roundTrips = await program('vmwire', [...command, subjectFile('round-trip-allocation')]);
  try {
    const [plain, withDescriptor] = await roundTrips.run(50_000);
    // Two messages are 72 bytes, or 176 with their bigints and 96 more for the descriptor's owner and the
    // list that is sent. The rest are options and boxes for addresses: 360 and 832 bytes in all, or
    // 64 less. What this is to find is a closure or a copy for each call.
    assert.ok(plain !== undefined && plain <= 370, `plain: ${plain} bytes`);
    assert.ok(withDescriptor !== undefined && withDescriptor <= 842, `${withDescriptor} bytes`);
  } finally {
    roundTrips.close();
  }
});

test.run();
