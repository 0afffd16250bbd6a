/** `vmwire decode` and `vmwire info`, help, colours, and closed streams. */
import { execFileSync } from 'node:child_process';
import { chmodSync, closeSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { notRoot } from '../child.js';
import { kvmMissing } from '../control/targets.js';
import { testIf } from '../skip.js';
import { Folder, Program, start, vmwire } from './program.js';

const test = suite('vmwire decode, info and help');
const missing = kvmMissing();
const zeros = (bytes: number): string => '00'.repeat(bytes);
const root = new URL('../../../', import.meta.url);

test('a request as its fields, from an argument', async () => {
  const hex = ['02000000', '0x00000000', `00:10:00:00,00000000\n${zeros(8)}`];
  assert.equal(await vmwire(['decode', ...hex]), {
    status: 0,
    stdout: [
      'vm_request.register_memory',
      '     0-3  type    2',
      '  beside  memory  a descriptor (shared_memory)',
      '    8-15  size    4096 bytes',
      '',
    ].join('\n'),
    stderr: '',
  });
});

test('a response, from standard input, in JSON', async () => {
  const input = `03000000 00000000 0000000400000000 01000000 00000000\n`;
  const { status, stdout } = await vmwire(['decode', '--response', '--json'], { input });
  assert.is(status, 0);
  assert.equal(JSON.parse(stdout), {
    ok: true,
    message: 'vm_response',
    variant: 'register_memory',
    fields: { pfn: '67108864', slot: 1 },
    fds: 0,
  });
});

test('an errno has its name, and may be negative', async () => {
  const { stdout } = await vmwire(['decode', '-r', `02000000${'1c000000'}${zeros(16)}`]);
  assert.match(stdout, /errno {2}28 \(ENOSPC\)/);
});

test('the golden vectors, a sample of them', async () => {
  const file = fileURLToPath(new URL('generated/vm_control/vectors.json', root));
  const { vectors } = JSON.parse(readFileSync(file, 'utf8'));
  const sample = vectors.filter(
    ({ op, message, result }: { op: string; message: string; result: { bytes?: string } }) =>
      op === 'encode' && message === 'vm_request' && result.bytes !== undefined,
  );
  assert.ok(sample.length > 10);
  for (const { value, result } of [sample[0], sample[1], sample.at(-1)]) {
    const { stdout } = await vmwire(['decode', '--json', result.bytes]);
    const { variant, fields, fds } = JSON.parse(stdout);
    assert.equal({ variant, fields, fds }, value);
  }
});

const undecodable: readonly (readonly [readonly string[], RegExp])[] = [
  [[zeros(23)], /23 bytes instead of 24\n {2}a vm_request has 24 bytes, never more or fewer/],
  [[zeros(25)], /25 bytes instead of 24/],
  [['00'], /1 bytes instead of 24/],
  [[zeros(24)], /no variant has the tag 0\n {2}the tags are 1 exit, .*--response/],
  [[`01000000${zeros(20)}`, '--fds', '1'], /takes no descriptor, got 1\n {2}--fds tells/],
  [[`02000000${zeros(20)}`, '--fds', '0'], /needs 1 descriptor, got 0/],
];

test('1: bytes that are no message, and why', async () => {
  for (const [args, complaint] of undecodable) {
    const { status, stdout, stderr } = await vmwire(['decode', ...args]);
    assert.match(stderr, complaint);
    assert.equal({ status, stdout }, { status: 1, stdout: '' });
  }
});

test('2: no hexadecimal', async () => {
  for (const [text, complaint] of [
    ['xyz', /"x" is no hexadecimal digit/],
    ['123', /3 hexadecimal digits are no whole number of bytes/],
  ] as const) {
    const { status, stderr } = await vmwire(['decode', text]);
    assert.match(stderr, complaint);
    assert.is(status, 2);
  }
  const endless = await vmwire(['decode'], { input: zeros(65_537) });
  assert.match(endless.stderr, /more than 65536 bytes/);
  const empty = await vmwire(['decode']);
  assert.is(empty.status, 2);
  assert.match(empty.stderr, /there is none/);
  const closed = await vmwire(['decode'], { stdio: ['ignore', 'pipe', 'pipe'] });
  assert.is(closed.status, 2);
});

testIf(test, missing, 'what KVM can do', async () => {
  const people = await vmwire(['info']);
  assert.is(people.status, 0);
  assert.match(people.stdout, /^\/dev\/kvm: everything that vmwire run needs\n/);
  assert.match(people.stdout, /memory slots +\d+\n/);
  const { stdout } = await vmwire(['info', '--json']);
  const { ok, apiVersion, memorySlots, capabilities } = JSON.parse(stdout);
  assert.equal([ok, apiVersion], [true, 12]);
  assert.ok(memorySlots >= 32);
  assert.is(capabilities.IRQFD, 1);
});

test('1: no KVM', async () => {
  const { status, stdout } = await vmwire(['info', '--kvm', '/nonexistent', '--json']);
  assert.is(status, 1);
  const { error } = JSON.parse(stdout);
  assert.is(error.code, 'ENOENT');
  assert.match(error.cure, /load kvm_intel or kvm_amd/);
});

test('help of everything, and the version', async () => {
  const overview = await vmwire(['--help']);
  assert.is(overview.status, 0);
  const names = [...overview.stdout.matchAll(/^ {2}([a-z]+) {2}/gm)].map(([, name = '']) => name);
  assert.ok(names.includes('stop') && names.includes('completion'));
  assert.equal(await vmwire([]), overview);
  for (const name of names) {
    const [one, other] = await Promise.all([vmwire([name, '--help']), vmwire(['help', name])]);
    assert.is(one.status, 0);
    assert.match(one.stdout, new RegExp(`Usage: vmwire ${name} .*\n\nOptions:\n`));
    assert.is(one.stdout, other.stdout);
    for (const line of one.stdout.split('\n')) assert.ok(line.length <= 100, line);
  }
  const manifest = JSON.parse(readFileSync(new URL('package.json', root), 'utf8'));
  for (const asked of ['--version', '-V', 'version']) {
    assert.is((await vmwire([asked])).stdout, `${manifest.version}\n`);
  }
});

async function complaintWith(env: Readonly<Record<string, string>>): Promise<string> {
  return (await vmwire(['stop'], { env })).stderr;
}

test('colours: none for a pipe, unless asked for', async () => {
  const coloured = String.fromCharCode(27);
  assert.not.match(await complaintWith({}), coloured);
  assert.match(await complaintWith({ FORCE_COLOR: '1' }), coloured);
  assert.not.match(await complaintWith({ FORCE_COLOR: '0' }), coloured);
  assert.not.match(await complaintWith({ FORCE_COLOR: '1', NO_COLOR: '1' }), coloured);
});

test('a reader that leaves ends it without a word', async () => {
  const program = start(['--help']);
  program.child.stdout?.destroy();
  const { status, stderr } = await program.ended();
  assert.equal({ status, stderr }, { status: 0, stderr: '' });
});

test('1: a disk that is full', async () => {
  const full = openSync('/dev/full', 'w');
  try {
    const { status, stderr } = await vmwire(['--help'], { stdio: ['ignore', full, 'pipe'] });
    assert.is(status, 1);
    assert.match(stderr, /^vmwire: ENOSPC: [^\n]*\n$/);
  } finally {
    closeSync(full);
  }
});

test('2: standard input that can not be read', async () => {
  const folder = openSync('/', 'r');
  try {
    const { status, stderr } = await vmwire(['decode'], { stdio: [folder, 'pipe', 'pipe'] });
    assert.is(status, 2);
    assert.match(stderr, /^vmwire: standard input is a folder\n$/);
  } finally {
    closeSync(folder);
  }
});

testIf(test, notRoot, '1: no permission on the KVM device', async () => {
  using folder = new Folder();
  chmodSync(folder.path, 0o755);
  const device = join(folder.path, 'kvm');
  writeFileSync(device, '', { mode: 0o600 });
  const { status, stderr } = await vmwire(['info', '--kvm', device], { uid: 65_534 });
  assert.is(status, 1);
  assert.match(stderr, /: EACCES\n {2}no permission: add the user to the group that owns it/);
});

test('standard input that is not blocking, and one without end', async () => {
  using folder = new Folder();
  const pipe = join(folder.path, 'pipe');
  execFileSync('mkfifo', [pipe]);
  const writer = openSync(pipe, 'r+');
  // Node makes what it hands to a child blocking: the child opens it itself, as its descriptor 0.
  const main = JSON.stringify(new URL('../../runtime/cli/main.js', import.meta.url).href);
  const program = join(folder.path, 'program.mjs');
  writeFileSync(
    program,
    `import { closeSync, constants, openSync } from 'node:fs';
    closeSync(0);
    openSync(${JSON.stringify(pipe)}, constants.O_RDONLY | constants.O_NONBLOCK);
    process.argv.push('decode');
    console.error('opened');
    await import(${main});`,
  );
  const decoding = new Program(program, []);
  await decoding.complains(/opened/);
  await pause(300);
  writeSync(writer, `01${'00'.repeat(23)}\n`);
  closeSync(writer);
  const { status, stdout } = await decoding.ended();
  assert.is(status, 0);
  assert.match(stdout, /vm_request\.exit/);

  const source = openSync('/dev/zero', 'r');
  const endless = await vmwire(['decode'], { stdio: [source, 'pipe', 'pipe'] });
  closeSync(source);
  assert.is(endless.status, 2);
  assert.match(endless.stderr, /is no hexadecimal digit/);
});

test.run();
