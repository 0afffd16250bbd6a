/** What strangers say reaches the operator's terminal as text: it is never obeyed, nor taken for a line of ours. */
import { execFile, spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { GuestScreen } from '../../runtime/cli/guest-screen.js';
import { auditLine } from '../../runtime/control/audit.js';
import { kvmMissing } from '../control/targets.js';
import { testIf } from '../skip.js';
import { Folder, vmwire } from './program.js';

const test = suite('what strangers say on a terminal');
const main = fileURLToPath(new URL('../../runtime/cli/main.js', import.meta.url));
const noScript = spawnSync('script', ['--version']).status === 0 ? undefined : 'no script(1)';

/** Controls that a terminal obeys or hides, as characters. */
const obeyed = /[^\P{Cc}\n]|\p{Cf}|\p{Zl}|\p{Zp}/u;

const attacks = [
  '\x1b[2J\x1b[H',
  '\x1b]0;title\x07',
  '\u009b31m',
  '\u0085',
  '\x08\x08\x08\x7f',
  '\rvmwire: uid 0 pid 1 vm_request.exit(): ok',
  '\nvmwire: uid 0 pid 1 vm_request.exit(): ok',
  '\u202evmwire\u2066',
  '\u2028vmwire: \u2029',
  // The end of the screen's line does what a line end does.
  `${' '.repeat(78)}vmwire: uid 0`,
  `\t\t\t\t\t\t\t\t\t vmwire: uid 0`,
  `${'字'.repeat(39)}vmwire: uid 0`,
] as const;

/** A guest that prints bytes and ends by a triple fault. */
function printing(text: Uint8Array): Uint8Array {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(text.length);
  return Buffer.concat([
    // mov edx, 0x3f8; lea rsi, [rip + 11]; mov ecx, length
    Buffer.from('baf8030000488d350b000000b9', 'hex'),
    length,
    // lodsb; out dx, al; loop to lodsb; ud2
    Buffer.from('aceee2fc0f0b', 'hex'),
    text,
  ]);
}

for (const attack of attacks) {
  test(`a guest prints ${JSON.stringify(attack)}`, () => {
    const screen = new GuestScreen(() => 80);
    // Byte by byte, as it comes from a serial port.
    const shown = [...Buffer.from(`login: ${attack}\nend`)].map((byte) =>
      screen.show(Uint8Array.of(byte)),
    );
    isHarmless(shown.join('') + screen.endLine(), 80);
  });
}

test('any bytes in any order, on a screen of any width', () => {
  let state = 1;
  const random = (): number => (state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fff_ffff);
  for (let count = 0; count < 500; count++) {
    const columns = 12 + (random() % 100);
    const screen = new GuestScreen(() => columns);
    const bytes = Array.from({ length: 300 }, () => (random() >> 8) & 0xff);
    const shown = bytes.map((byte) => screen.show(Uint8Array.of(byte))).join('');
    isHarmless(shown + screen.endLine(), columns);
  }
});

/** Each line is marked as the guest's, holds nothing that a terminal obeys, and fits. */
function isHarmless(shown: string, columns: number): void {
  const lines = shown.replace(/\n$/, '').split('\n');
  for (const line of lines) {
    assert.ok(line.startsWith('| '), JSON.stringify(shown));
    assert.not.match(line.replaceAll('\t', ''), obeyed);
    const wide = [...line].filter((each) => each > '\u007f').length;
    const tabs = line.split('\t').length - 1;
    assert.ok([...line].length + wide + 7 * tabs <= columns, JSON.stringify(line));
  }
}

test('a guest that behaves is shown as it prints', () => {
  const screen = new GuestScreen(() => 80);
  const show = (text: string): string => screen.show(Buffer.from(text));
  assert.is(show('Linux 6.1\r\n\r\nlogin: '), '| Linux 6.1\n| \n| login: ');
  assert.is(show('groß\n'), 'groß\n');
  assert.is(show('25 %\r'), '| 25 %');
  assert.is(show('50 %'), '\\u000d50 %');
  assert.is(screen.endLine(), '\n');
  assert.is(screen.endLine(), '');
});

testIf(test, noScript ?? kvmMissing(), 'vmwire run on a terminal', async () => {
  using folder = new Folder();
  const image = join(folder.path, 'image');
  writeFileSync(image, printing(Buffer.from(attacks.join(''))));
  const command = `'${process.execPath}' '${main}' run --audit --image '${image}' '${folder.socket}'`;
  // A pseudo-terminal of util-linux; it turns each \n into \r\n.
  const { stdout } = await promisify(execFile)('script', ['-qc', command, '/dev/null'], {
    env: { ...process.env, NO_COLOR: '1' },
  });
  const lines = stdout.replaceAll('\r\n', '\n').trimEnd().split('\n');
  assert.match(lines[0] ?? '', /^vmwire: VM ready at /);
  assert.is(lines.at(-1), 'vmwire: the guest ended: a triple fault');
  isHarmless(lines.slice(1, -1).join('\n'), 80);
});

testIf(test, kvmMissing(), 'vmwire run into a pipe gives the bytes as they are', async () => {
  using folder = new Folder();
  const image = join(folder.path, 'image');
  const bytes = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
  writeFileSync(image, printing(bytes));
  const { stdout } = spawnSync(process.execPath, [main, 'run', '--image', image, folder.socket]);
  const printed = stdout.subarray(stdout.indexOf('\n') + 1);
  assert.is(printed.toString('hex'), bytes.toString('hex'));
});

test('an audit is one line, whatever the problem says', () => {
  const problem = new Error('\x1b[2J\nuid 0 pid 1 vm_request.exit(): ok\u009b');
  const line = auditLine({ peer: undefined, request: undefined, response: undefined, problem });
  assert.not.match(line, /[\p{Cc}]/u);
});

test('paths in messages, of every command', async () => {
  using folder = new Folder();
  const odd = join(folder.path, '\x1b[2J\u009b1m\nvmwire: fine\u202e');
  mkdirSync(odd);
  const socket = join(odd, 'x');
  const missing = join(odd, 'none', 'x');
  const commands: readonly (readonly string[])[] = [
    ['stop', socket],
    ['balloon', socket, '1'],
    ['unregister', socket, '1'],
    ['register', socket, '--size', '4K'],
    ['register', socket, '--file', missing],
    ['run', '--simulate', missing],
    ['run', '--simulate', odd],
    ['run', '--image', missing, socket],
    ['run', '--kvm', missing, socket],
    ['info', '--kvm', missing],
    ['info', '--kvm', odd],
    ['decode', odd],
    ['decode', '--fds', odd, '00'],
    ['completion', odd],
    [odd],
    ['stop', socket, odd],
    ['stop', `--${odd}`],
    ['run', '--policy', odd],
    ['run', '--mode', odd],
    ['stop', socket, '--json'],
    ['run', '--simulate', missing, '--json'],
    ['info', '--kvm', missing, '--json'],
    [odd, '--json'],
  ];
  for (const args of commands) {
    const { status, stdout, stderr } = await vmwire(args, { env: { VMWIRE_DEBUG: '1' } });
    assert.is.not(status, 0);
    assert.not.match(stdout + stderr, obeyed, args.join(' '));
    assert.not.match(stdout + stderr, /^vmwire: fine/m, args.join(' '));
  }
});

test('the path of a socket that is served', async () => {
  using folder = new Folder();
  const socket = join(folder.path, '\x1b[2J\u009b');
  const running = vmwire(['run', '--simulate', '--fd', '77', socket]);
  assert.not.match((await running).stderr, obeyed);
  const served = vmwire(['run', '--simulate', socket], { env: { VMWIRE_DEBUG: '1' } });
  for (;;) if ((await vmwire(['stop', socket])).status === 0) break;
  const { stdout, stderr } = await served;
  assert.match(stdout, /ready at .*\\u001b\[2J\\u009b/);
  assert.not.match(stdout + stderr, obeyed);
});

test.run();
