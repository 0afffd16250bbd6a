/** `vmwire completion`: what a shell offers once it has read the script. */
import { spawnSync } from 'node:child_process';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { vmwire } from './program.js';

const test = suite('vmwire completion');

/** What bash offers for the last word of a command line. */
async function offered(...line: readonly string[]): Promise<string[]> {
  const { stdout: script } = await vmwire(['completion', 'bash']);
  const words = line.map((word) => `'${word}'`).join(' ');
  const ask = `COMP_WORDS=(${words}); COMP_CWORD=${line.length - 1}; _vmwire; echo "\${COMPREPLY[*]}"`;
  const { stdout, stderr } = spawnSync('bash', ['-c', `${script}\n${ask}`], { encoding: 'utf8' });
  assert.is(stderr, '');
  return stdout.trim().split(' ');
}

test('bash: commands, and the options of a command', async () => {
  assert.equal(await offered('vmwire', 'st'), ['stop']);
  assert.equal(await offered('vmwire', 'register', '--s'), ['--size']);
  assert.ok((await offered('vmwire', '')).includes('version'));
  assert.equal(await offered('vmwire', 'stop', '/tmp/'), ['']);
});

test('zsh reads what bash reads, and fish has a line for each option', async () => {
  const zsh = await vmwire(['completion', 'zsh']);
  assert.match(zsh.stdout, /^autoload .*bashcompinit\n_vmwire\(\) \{\n/);
  const fish = await vmwire(['completion', 'fish']);
  assert.match(
    fish.stdout,
    "complete -c vmwire -n '__fish_seen_subcommand_from stop' -l timeout\n",
  );
});

test.run();
