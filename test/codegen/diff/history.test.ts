/** What the known revisions of vm_control do to one another. */
import assert from 'node:assert/strict';
import { suite } from 'uvu';
import { compareProtocols } from '../../../codegen/formats/compare.js';
import type { Report } from '../../../codegen/diff/report.js';
import { readProtocol } from '../../../codegen/read/index.js';
import { findings, verdicts } from './change.js';

const test = suite('the revisions of vm_control');
const schemas = new URL('../../../../schema/', import.meta.url);

async function compareFiles(before: string, after: string): Promise<Report> {
  const [old, now] = await Promise.all(
    [before, after].map((name) => readProtocol(new URL(name, schemas).pathname, { kaitai: false })),
  );
  assert.ok(old?.protocol && now?.protocol);
  return compareProtocols(old.protocol, now.protocol);
}

test('v1 → v2: requests grow from 16 to 24 bytes, responses stay', async () => {
  const report = await compareFiles('history/vm_control_v1.ksy', 'vm_control.ksy');
  assert.equal(report.verdict, 'breaking');
  assert.equal(verdicts(report), 'breaking identical breaking identical');
  assert.equal(verdicts(report, 'crosvm2018'), 'breaking identical additive identical');
  const [short] = findings(report, 'requests', 'old');
  assert.match(short?.reason ?? '', /badSize\(16\)/);
  const [long, balloon] = findings(report, 'requests', 'new');
  assert.match(
    long?.reason ?? '',
    /badSize\(24\); one of 2018 cuts the packet to 16 bytes and accepts/,
  );
  assert.equal(balloon?.change, 'variant_added');
  assert.equal(balloon.subject, 'vm_request.balloon_adjust');
});

test('v2 → v3: requests grow to 32 bytes; an old client can’t read tag 4 and closes its descriptor', async () => {
  const report = await compareFiles('vm_control.ksy', 'history/vm_control_v3.ksy');
  assert.equal(report.verdict, 'breaking');
  assert.equal(verdicts(report), 'breaking additive breaking identical');
  assert.equal(verdicts(report, 'crosvm2018'), 'breaking additive additive identical');
  assert.match(findings(report, 'requests', 'old')[0]?.reason ?? '', /badSize\(24\)/);
  assert.match(
    findings(report, 'requests', 'new').at(-1)?.reason ?? '',
    /tag 5\): it says invalidType/,
  );
  const [answer] = findings(report, 'responses', 'new');
  assert.match(answer?.reason ?? '', /tag 4\): it says invalidType and must close its descriptor/);
});

test('v3 → v2: the other way round, what was added is taken away', async () => {
  const report = await compareFiles('history/vm_control_v3.ksy', 'vm_control.ksy');
  assert.equal(verdicts(report), 'breaking identical breaking breaking');
  const removed = findings(report, 'responses', 'old');
  assert.deepEqual(
    removed.map(({ change }) => change),
    ['variant_removed'],
  );
});

test('a revision and itself are identical, whatever the id', async () => {
  const report = await compareFiles('vm_control.ksy', 'vm_control.ksy');
  assert.equal(report.verdict, 'identical');
  assert.equal(verdicts(report), 'identical identical identical identical');
});

test.run();
