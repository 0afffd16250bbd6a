/** Recordings that say something else are seen, and so is an exception that nothing needs any more. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { simulation } from '../control/targets.js';
import { answerOf, expectedAnswers } from './execute/exceptions.js';
import { executeRows } from './execute/rows.js';
import { outcomeOf, runExecuteTraces, staleExceptions } from './execute/run-traces.js';
import { conformance, reportIn } from './command.js';

const recorded = fileURLToPath(new URL('../../../test/conformance/traces', import.meta.url));
const rows = executeRows(recorded);

function staleWithout(section: string): string[] {
  const kept = rows.filter((row) => row.section !== section);
  return staleExceptions(runExecuteTraces(simulation, kept)).map(({ name }) => name);
}

test('an exception that no row needs is stale', () => {
  assert.equal(staleWithout('gap-lost'), ['no slot is lost']);
  assert.equal(staleWithout('slots'), []);
});

test('an exception is no longer needed once the answer is the recorded one', () => {
  const [expected] = expectedAnswers(rows.filter(({ name }) => name.endsWith(', a pipe')));
  if (expected === undefined) throw new Error('no such row');
  assert.is(expected.exception?.name, 'the errno of mmap');
  assert.is(outcomeOf(expected, expected.answer).problem, undefined);
  const { problem } = outcomeOf(expected, answerOf(expected.row));
  assert.is(problem, 'the exception "the errno of mmap" is no longer needed');
});

test('every recorded answer is looked at', () => {
  const changed = rows.map((row) => ({ ...row, next_pfn: `${row.next_pfn}1` }));
  const outcomes = runExecuteTraces(simulation, changed);
  const unseen = outcomes
    .filter(({ problem }) => problem === undefined)
    .map(({ row }) => row.section);
  // There the model of the exception says what comes next.
  assert.equal([...new Set(unseen)], ['gap-lost']);
});

test('the suite takes another set of recordings, and names the row that is not obeyed', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'vmwire-traces-'));
  try {
    const lines = readFileSync(join(recorded, 'wire.jsonl'), 'utf8').trim().split('\n');
    const wrong = lines.map((line) =>
      line.includes('"errno=0x80000000"') ? line.replace('2147483648', '34') : line,
    );
    writeFileSync(join(folder, 'wire.jsonl'), wrong.join('\n'));
    const ended = await conformance('--traces', folder, '--only', 'traces/python', '--json');
    assert.is(ended.status, 1);
    const { sections } = reportIn(ended);
    const failures = sections.flatMap((each) => each.failures.map(({ name }) => name));
    assert.is(failures.length, 1);
    assert.match(failures[0] ?? '', /^errno vm_response errno=0x80000000 \(row \d+\)$/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test.run();
