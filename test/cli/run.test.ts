/** `vmwire run`: ready and served; what stands in its way is told. */
import { execFileSync } from 'node:child_process';
import { existsSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { FdSocket } from '../../runtime/sockets/fd-socket.js';
import { Folder, RunningVm, start, vmwire } from './program.js';

const test = suite('vmwire run');

test('a killed one leaves its socket behind, and the next one takes it over', async () => {
  using vm = await RunningVm.start();
  vm.program.kill('SIGKILL');
  await vm.program.ended();
  assert.is(vm.folder.hasSocket, true);
  const next = start(['run', '--simulate', vm.socket]);
  await next.prints(/ready/);
  assert.is((await vmwire(['stop', vm.socket])).status, 0);
  assert.is((await next.ended()).status, 0);
});

test('3: the path is busy, or something else is there', async () => {
  using vm = await RunningVm.start();
  const busy = await vmwire(['run', '--simulate', vm.socket]);
  assert.is(busy.status, 3);
  assert.match(busy.stderr, /a live socket is there: EADDRINUSE\n {2}choose another path/);
  const file = join(vm.folder.path, 'file');
  writeFileSync(file, 'precious');
  const occupied = await vmwire(['run', '--simulate', '--socket', file]);
  assert.is(occupied.status, 3);
  assert.match(occupied.stderr, /there is a file that is no socket/);
  assert.is(statSync(file).size, 8);
  const nowhere = await vmwire(['run', '--simulate', '--socket', join(vm.folder.path, 'x', 'y')]);
  assert.is(nowhere.status, 3);
  assert.match(nowhere.stderr, /no folder for /);
  assert.is((await vmwire(['stop', vm.socket])).status, 0);
});

test('3: a folder where no socket can be made, and what to do about it', async () => {
  for (const [path, complaint] of [
    ['/proc/x.sock', /^vmwire: no socket can be made in \/proc\n {2}choose another folder\n$/],
    ['/dev/null/x', /^vmwire: \/dev\/null is no folder\n {2}choose another path\n$/],
    ['/sys/x.sock', /^vmwire: no permission to make a socket in \/sys\n/],
  ] as const) {
    const { status, stderr } = await vmwire(['run', '--simulate', path]);
    assert.match(stderr, complaint);
    assert.is(status, 3);
  }
});

test('1 or 2: images that have no end, or more bytes than there is RAM, are not read', async () => {
  using folder = new Folder();
  const large = join(folder.path, 'large');
  writeFileSync(large, '');
  truncateSync(large, 2 ** 40);
  const refused = await vmwire(['run', '--image', large, folder.socket]);
  assert.is(refused.status, 1);
  assert.match(refused.stderr, /not fit into its RAM: image of 1099511627776 bytes\n {2}see --ram/);
  const pipe = join(folder.path, 'pipe');
  execFileSync('mkfifo', [pipe]);
  const endless = await vmwire(['run', '--image', pipe, folder.socket]);
  assert.is(endless.status, 2);
  assert.match(endless.stderr, /pipe is a pipe, not a file/);
});

test('several sockets, and one that cannot be had: none is left behind', async () => {
  using folder = new Folder();
  const [one, other] = [folder.socket, join(folder.path, 'other.sock')];
  const both = start(['run', '--simulate', '-s', one, '-s', other]);
  await both.prints(/ready at .*vm\.sock, .*other\.sock/);
  assert.is((await vmwire(['balloon', one, '1'])).status, 0);
  assert.is((await vmwire(['stop', other])).status, 0);
  assert.is((await both.ended()).status, 0);
  const failed = await vmwire(['run', '--simulate', '-s', one, '-s', join(folder.path, 'x', 'y')]);
  assert.is(failed.status, 3);
  assert.is(existsSync(one) || existsSync(other), false);
});

test('a socket that it was given', async () => {
  using folder = new Folder();
  const listener = FdSocket.listen(folder.socket);
  const program = start(['run', '--simulate', '--fd', '3'], {
    stdio: ['pipe', 'pipe', 'pipe', listener.fd],
  });
  await program.prints(/ready at descriptor 3/);
  assert.is((await vmwire(['stop', folder.socket])).status, 0);
  assert.is((await program.ended()).status, 0);
  listener.close();
  const closed = await vmwire(['run', '--simulate', '--fd', '77']);
  assert.is(closed.status, 3);
  assert.match(closed.stderr, /descriptor 77: .*EBADF/);
});

test('the mode of the socket', async () => {
  using vm = await RunningVm.start(['--simulate', '--mode', '0660', '--gid', '0']);
  assert.is(statSync(vm.socket).mode & 0o777, 0o660);
  using plain = await RunningVm.start();
  assert.is(statSync(plain.socket).mode & 0o777, 0o600);
});

const wrong: readonly (readonly [readonly string[], RegExp])[] = [
  [['--mode', '999'], /--mode is an octal mode/],
  [['--policy', 'lax'], /--policy is strict or crosvm2018/],
  [['--fd', '2'], /--fd is an integer from 3/],
  [['--ram', 'much'], /--ram is a number of bytes/],
  [['--ram', '100'], /--ram is whole pages of 4096 bytes, not "100"/],
  [['--image', '/nonexistent'], /--image \/nonexistent: there is no such file/],
  [['--image', '/proc/self/maps'], /--image \/proc\/self\/maps is empty/],
  [['--image', '/dev/zero'], /--image \/dev\/zero is a device, not a file/],
  [['--image', '/'], /--image \/ is a folder, not a file/],
  [['--image', '/dev/null/image'], /--image .*: a part of this path is no folder/],
  [['--simulate', '--image', '/dev/zero'], /--image is of no use with --simulate/],
  [['--simulate', '--ram', '4M'], /--ram is of no use with --simulate/],
  [['--simulate', '--kvm', '/dev/kvm'], /--kvm is of no use with --simulate/],
];

test('2: wrong options', async () => {
  for (const [args, complaint] of wrong) {
    const { status, stderr } = await vmwire(['run', ...args]);
    assert.match(stderr, complaint);
    assert.is(status, 2, args.join(' '));
  }
});

test('1: no KVM, or no KVM device, and what to do about it', async () => {
  for (const [path, complaint] of [
    ['/nonexistent', /no KVM: open \/nonexistent: ENOENT\n {2}there is no KVM here: load/],
    ['/', /no KVM: open \/: EISDIR\n {2}this is not the KVM device/],
    ['/dev/null', /no KVM: .*ENOTTY\n {2}this is not the KVM device/],
  ] as const) {
    const { status, stdout, stderr } = await vmwire(['run', '--kvm', path]);
    assert.is(status, 1);
    assert.is(stdout, '');
    assert.match(stderr, complaint);
  }
});

test('nobody reads standard output any more: it ends without a word, its socket gone', async () => {
  using vm = await RunningVm.start(['--simulate', '--json']);
  vm.program.child.stdout?.destroy();
  // Its next line finds nobody.
  await vmwire(['balloon', vm.socket, '1', '--no-reply']);
  const { stderr } = await vm.program.ended();
  assert.is(stderr, '');
  assert.is(vm.folder.hasSocket, false);
});

test('without a SOCKET it is in the folder for temporary files, if XDG_RUNTIME_DIR names none', async () => {
  using folder = new Folder();
  for (const runtimeFolder of ['', 'relative']) {
    const env = { TMPDIR: folder.path, XDG_RUNTIME_DIR: runtimeFolder };
    const program = start(['run', '--simulate'], { env });
    await program.prints(/ready/);
    program.kill('SIGTERM');
    const { stdout } = await program.ended();
    assert.ok(stdout.includes(`ready at ${folder.path}/vmwire-`), stdout);
  }
});

test('JSON lines', async () => {
  using vm = await RunningVm.start(['--simulate', '--json', '--audit']);
  await vmwire(['balloon', vm.socket, '5']);
  await vmwire(['stop', vm.socket]);
  const { status, stdout } = await vm.program.ended();
  assert.is(status, 0);
  const events = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.equal(events.map(({ event }) => event).toSorted(), [
    'balloon',
    'end',
    'ready',
    'request',
    'request',
  ]);
  assert.equal(events[0].sockets, [vm.socket]);
  assert.equal(events.at(-1), { event: 'end', reason: 'exitRequested' });
});

test.run();
