/** Foreign peers, good and bad: each gets a clear result, and the suite never hangs. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { testIf } from '../skip.js';
import { conformance, program, reportIn } from './command.js';
import { python, writeBindings } from './languages.js';
import { protocolOf } from '../schemas.js';
import { inParallel } from './suite/in-parallel.js';
import { parseOptions } from './suite/options.js';
import { plan } from './suite/plan.js';
import { type SectionResult, totalsOf } from './suite/report.js';
import { runSection } from './suite/sections.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'vmwire-foreign-'));
const schema = join(root, 'schema/vm_control.ksy');

/** Runs the suite in this process, with a foreign peer. */
async function runWith(command: string, ...args: string[]): Promise<readonly SectionResult[]> {
  using planned = await plan(parseOptions(['--schema', schema, '--peer', command, ...args]));
  const ran = await inParallel(planned.sections.map((each) => () => runSection(each)));
  return [...planned.results, ...ran];
}

function withOddPeer(mode: string): Promise<readonly SectionResult[]> {
  const command = `node ${join(root, 'test/conformance/fixtures/odd-peer.mjs')} ${mode}`;
  return runWith(command, '--only', '/receive/', '--only', '/send/', '--timeout', '1500');
}

/** What is said about the cases that failed. */
function whatFailed(sections: readonly SectionResult[]): string {
  return sections
    .flatMap(({ part, failures }) => failures.map(({ got }) => `${part}: ${String(got)}`))
    .join('\n');
}

const odd: readonly [string, RegExp][] = [
  ['hangs', /receive: the peer gives no answer to \{"op":"recv".* within 1500 ms/],
  ['rubbish', /send: the peer answers with what is no JSON object: Segmentation fault/],
  ['chatty', /: the peer says more than it was asked/],
  ['dies', /receive: the peer ended with status 3; its last words: out of luck/],
  ['stays', /hello: the peer does not end after quit/],
];

for (const [mode, told] of odd) {
  test(`a peer that is odd (${mode}) fails, with the reason`, async () => {
    const report = await withOddPeer(mode);
    assert.ok(totalsOf(report).failed > 0);
    assert.match(whatFailed(report), told);
  });
}

test('a peer that leaves a process behind, which holds its output, is not waited for', async () => {
  const pidFile = join(folder, 'left-behind');
  const command = `node ${join(root, 'test/conformance/fixtures/odd-peer.mjs')} forks ${pidFile}`;
  const start = performance.now();
  const report = await runWith(command, '--only', '/send/', '--timeout', '1500');
  assert.ok(performance.now() - start < 60_000, 'it was waited for');
  assert.match(whatFailed(report), /send: the peer gives no answer/);
  process.kill(Number(readFileSync(pidFile, 'utf8')));
});

test('what a peer lacks is skipped by name, not passed', async () => {
  const sections = await withOddPeer('lacks');
  const { cases, failed } = totalsOf(sections);
  assert.equal([cases, failed], [3, 0], 'only its hello');
  assert.equal(
    sections.flatMap(({ part, skipped }) => skipped.map(({ reason }) => `${part}: ${reason}`)),
    ['receive: peer strict has no recv', 'send: peer strict has no send'],
  );
});

test('a peer of another protocol than was chosen fails, and one of several is skipped', async () => {
  const command = `node ${join(root, 'test/conformance/fixtures/odd-peer.mjs')} lacks`;
  const history = join(root, 'schema/history');
  const other = ['--schema', join(history, 'vm_control_v1.ksy'), '--peer', command];
  using alone = await plan(parseOptions(other));
  assert.match(whatFailed(alone.results), /^hello: vm_control$/);
  using beside = await plan(parseOptions([...other, '--schema', schema]));
  assert.is(whatFailed(beside.results), '');
});

test('a command that does not exist is a failure of its hello', async () => {
  const sections = await runWith('./no-such-peer');
  assert.match(whatFailed(sections), /hello: the peer ended with status 127.*not found/s);
});

testIf(
  test,
  python.missing,
  'a foreign peer is judged by the policy that it declares',
  async () => {
    const protocol = await protocolOf(schema);
    await writeBindings(python, protocol, folder);
    const command = await python.build(protocol, 'peer', folder);
    const foreign = [...command, '--policy', 'crosvm2018'].join(' ');
    const only = ['--only', 'receive', '--only', '→ typescript', '--only', 'typescript strict →'];
    const ended = await conformance('--peer', foreign, '--json', ...only);
    assert.is(ended.status, 0, ended.stdout.slice(0, 2000));
    const { sections } = reportIn(ended);
    assert.equal(
      sections.filter(({ part }) => part !== 'hello').map(({ id }) => id),
      [
        'vm_control/receive/peer crosvm2018',
        'vm_control/pairs/peer crosvm2018 → typescript strict',
        'vm_control/pairs/typescript strict → peer crosvm2018',
      ],
    );
    const other = sections.filter(
      ({ part, protocol: name }) => part === 'hello' && name !== 'vm_control',
    );
    assert.equal(
      other.flatMap(({ skipped }) => skipped.map(({ reason }) => reason)),
      ['the peer speaks vm_control', 'the peer speaks vm_control'],
    );
  },
);

test('a suite that is interrupted leaves no peer and no folder behind', async () => {
  const pidFile = join(folder, 'pid');
  const peer = `node ${join(root, 'test/conformance/fixtures/odd-peer.mjs')} hangs ${pidFile}`;
  const temporary = join(folder, 'temporary');
  mkdirSync(temporary);
  const child = spawn(
    process.execPath,
    [program, '--schema', schema, '--peer', peer, '--only', 'receive', '--timeout', '60000'],
    { stdio: 'ignore', env: { ...process.env, TMPDIR: temporary } },
  );
  const ended = once(child, 'close');
  // The first peer has said hello; this is the one that hangs.
  await until(() => existsSync(pidFile));
  const first = readFileSync(pidFile, 'utf8');
  await until(() => readFileSync(pidFile, 'utf8') !== first);
  const pid = readFileSync(pidFile, 'utf8');
  child.kill('SIGTERM');
  assert.equal(await ended, [143, null]);
  await until(() => isGone(pid));
  assert.equal(readdirSync(temporary), []);
});

async function until(condition: () => boolean): Promise<void> {
  const start = performance.now();
  while (!condition()) {
    assert.ok(performance.now() - start < 60_000, 'it does not happen');
    await setTimeout(20);
  }
}

/** Whether a process has ended, whether or not its parent has noticed. */
function isGone(pid: string): boolean {
  try {
    return / Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return true;
  }
}

test.after(() => {
  rmSync(folder, { recursive: true });
});

test.run();
