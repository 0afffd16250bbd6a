/** The soak itself: it can be interrupted, tells what it counted, and refuses what it does not understand. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

const test = suite('soak');

const program = fileURLToPath(new URL('soak.js', import.meta.url));

/** Processes that this one, or one that it started, has started. */
function descendants(pid: number): string[] {
  const { stdout } = spawnSync('ps', ['-o', 'pid=', '--ppid', `${pid}`], { encoding: 'utf8' });
  const children = stdout.split('\n').map(Number).filter(Boolean);
  return children.flatMap((child) => [`${child}`, ...descendants(child)]);
}

async function started(child: ChildProcess): Promise<void> {
  for (const deadline = Date.now() + 10_000; descendants(child.pid ?? 0).length < 2;) {
    if (Date.now() > deadline) throw new Error('it starts no servers');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

test('an interrupt ends it with the counts so far, and leaves no process', async () => {
  const child = spawn(process.execPath, ['--expose-gc', program, '--minutes', '10'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const output = text(child.stdout);
  const exit = once(child, 'exit');
  await started(child);
  const servers = descendants(child.pid ?? 0);
  child.kill('SIGINT');
  assert.equal(await exit, [0, null], await output);
  assert.match(await output, /packets │ 25000 /);
  assert.match(await output, /SKIPPED: how long others wait beside a flood: /);
  const { stdout } = spawnSync('ps', ['-o', 'pid=,args=', '-p', servers.join()], {
    encoding: 'utf8',
  });
  assert.is(stdout, '');
});

test('arguments that make no sense are refused', () => {
  for (const args of [
    ['--minutes', '0'],
    ['--minutes', 'x'],
    ['--seed', '-1'],
    ['--seed', '1.5'],
  ]) {
    const { status, stderr } = spawnSync(process.execPath, [program, ...args], {
      encoding: 'utf8',
    });
    assert.is(status, 2, args.join(' '));
    assert.match(stderr, /Usage: npm run soak/);
  }
});

test.run();
