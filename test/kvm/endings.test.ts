/** A process whose vCPUs run ends at once, however it ends. */
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { kvmMissing } from '../control/targets.js';
import { testIf } from '../skip.js';

const test = suite('the end of a process with running vCPUs');
const missing = kvmMissing();

/** Generous: it takes about a tenth of a second, but the machine may be busy. */
const hangsMs = 10_000;

/** Starts the process, and does something to it once its vCPUs run. @returns how it ended */
async function end(ending: string, act: (child: ChildProcess) => void): Promise<string> {
  const path = fileURLToPath(new URL('./dying.js', import.meta.url));
  const child = spawn(process.execPath, [path, ending], { stdio: ['pipe', 'pipe', 'ignore'] });
  const ended = new Promise<string>((resolve) => {
    child.once('exit', (status, signal) => resolve(String(signal ?? status)));
  });
  await new Promise((resolve) => {
    child.stdout.once('data', resolve);
  });
  act(child);
  const timer = setTimeout(() => child.kill('SIGKILL'), hangsMs);
  const outcome = await ended;
  clearTimeout(timer);
  return outcome;
}

const cases: readonly (readonly [ending: string, outcome: string])[] = [
  ['exit', '3'],
  ['uncaughtException', '1'],
  ['unhandledRejection', '1'],
  ['terminate', '4'],
];

for (const [ending, outcome] of cases) {
  testIf(test, missing, `${ending} ends with ${outcome}`, async () => {
    assert.is(await end(ending, () => {}), outcome);
  });
}

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  testIf(test, missing, `${signal} ends it`, async () => {
    assert.is(await end('signal', (child) => child.kill(signal)), signal);
  });
}

testIf(test, missing, 'a parent that closes stdin ends it', async () => {
  assert.is(await end('stdin', (child) => child.stdin?.end()), '5');
});

test.run();
