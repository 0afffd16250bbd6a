/** The suite itself: what it lists, what it reports, and how it says that a command line is wrong. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { conformance, reportIn } from './command.js';
import { ourPeers } from './our-peers.js';
import { protocolOf, ownSchemas, sampleSchemas } from '../schemas.js';
import { receiveCases } from './suite/receive-cases.js';
import { sendCases } from './suite/send-cases.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'vmwire-suite-'));
const lacking = `node ${join(root, 'test/conformance/fixtures/odd-peer.mjs')} lacks`;
const oldest = join(root, 'schema/history/vm_control_v1.ksy');

test('the interpreted peers, alone and against each other, are as expected', async () => {
  const junit = join(folder, 'report.xml');
  const wanted = [
    'receive/typescript strict',
    'send/python',
    'pairs/typescript strict → python',
    'pairs/python strict → typescript',
  ];
  const only = wanted.flatMap((each) => ['--only', each]);
  const ended = await conformance('--schema', oldest, '--json', '--junit', junit, ...only);
  assert.is(ended.status, 0, ended.stderr);
  const { totals, sections } = reportIn(ended);
  assert.equal(
    sections.map(({ id }) => id),
    [
      'vm_control_v1/receive/typescript strict',
      'vm_control_v1/send/python strict',
      'vm_control_v1/pairs/typescript strict → python strict',
      'vm_control_v1/pairs/python strict → typescript strict',
    ],
  );
  assert.is(totals.failed, 0);
  assert.ok(totals.cases > 1500, String(totals.cases));
  const groups = Object.keys(sections[0]?.groups ?? {});
  for (const group of ['values', 'lengths', 'padding', 'descriptors', 'bad packets', 'tags'])
    assert.ok(groups.includes(group), group);
  const xml = readFileSync(junit, 'utf8');
  assert.is(xml.match(/<testsuite /g)?.length, 4);
  assert.not.match(xml, '<failure');
  assert.match(xml, '<testsuite name="vm_control_v1/send/python strict"');
});

test('--list names every pair on every schema of the project, and runs nothing', async () => {
  const { status, stdout } = await conformance('--list');
  assert.is(status, 0);
  const here = ourPeers.filter(({ missing }) => missing === undefined);
  const pairs = stdout.split('\n').filter((line) => line.includes('/pairs/'));
  assert.is(pairs.length, here.length ** 2 * ownSchemas.length);
  assert.match(stdout, /^vm_control_v3\/receive\/python crosvm2018: [1-9]\d* cases$/m);
  for (const { name, missing } of ourPeers)
    if (missing !== undefined) assert.match(stdout, `left out ${name}: ${missing}`);
});

test('the table ends with totals, and says what is skipped', async () => {
  const traces = ['--only', 'traces/python', '--only', 'execute/python'];
  const { status, stdout } = await conformance('--schema', 'schema/vm_control.ksy', ...traces);
  assert.is(status, 0);
  assert.match(stdout, /^vm_control +traces +python crosvm2018 +527 +0 +0 /m);
  assert.match(stdout, 'skipped vm_control/execute/python crosvm2018: all cases (125): python');
  assert.match(stdout, /^527 cases in 2 sections: 0 failed, 125 skipped, \d+\.\d s\n$/m);
});

test('a wrong command line is told, with status 2', async () => {
  const wrong: readonly [readonly string[], RegExp][] = [
    [['--nonsense'], /--nonsense/],
    [['--only', 'no such thing'], /no section is called no such thing/],
    [['--only', 'receive/python', '--only', 'recieve'], /no section is called recieve: /],
    [['--peer', lacking, '--only', 'recieve'], /no section is called recieve: /],
    [['--schema', 'no/such.ksy'], /no\/such\.ksy/],
    [
      ['--schema', join(root, 'test/codegen/bad/many-mistakes.ksy')],
      /many-mistakes\.ksy:\d+:\d+ VW\d+ /,
    ],
    [['--timeout', 'soon'], /--timeout soon/],
    [['--junit', join(folder, 'no/report.xml')], /--junit .*: there is no folder/],
    [['--traces', folder], /--traces .*: no folder with wire.jsonl or execute.jsonl/],
  ];
  for (const [args, message] of wrong) {
    const { status, stderr, stdout } = await conformance(...args);
    assert.is(status, 2, args.join(' '));
    assert.match(stderr, message);
    assert.is(stdout, '');
  }
  const { status, stdout } = await conformance('--help');
  assert.is(status, 0);
  assert.match(stdout, '--peer COMMAND');
});

test('cases are named once, whatever the schema', async () => {
  for (const file of [...ownSchemas, ...sampleSchemas]) {
    const protocol = await protocolOf(file);
    for (const policy of ['strict', 'crosvm2018'] as const) {
      const names = receiveCases(protocol, policy).map(({ group, name }) => `${group} ${name}`);
      assert.is(new Set(names).size, names.length, file);
    }
    const names = sendCases(protocol).map(({ group, name }) => `${group} ${name}`);
    assert.is(new Set(names).size, names.length, file);
  }
});

test.after(() => {
  rmSync(folder, { recursive: true });
});

test.run();
