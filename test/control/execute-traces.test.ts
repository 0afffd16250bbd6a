/** The reference's recorded answers, against `execute` under the policy crosvm2018. */
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { executeRows } from '../conformance/execute/rows.js';
import { runExecuteTraces, staleExceptions } from '../conformance/execute/run-traces.js';
import { testIf } from '../skip.js';
import { targets } from './targets.js';

const test = suite('the recorded answers of the reference');

const rows = executeRows(
  fileURLToPath(new URL('../../../test/conformance/traces', import.meta.url)),
);

for (const kind of targets) {
  testIf(test, kind.missing, `${kind.name} gives them, but for the listed exceptions`, () => {
    const outcomes = runExecuteTraces(kind, rows);
    assert.is(outcomes.length, rows.length);
    for (const { row, answer, got, problem } of outcomes)
      assert.equal(got, answer, `${row.section} ${row.name}: ${problem}`);
    assert.equal(staleExceptions(outcomes), []);
    assert.ok(outcomes.some(({ row }) => row.section === 'ioevent'));
  });
}

test.run();
