/** `vmwire stop`, `balloon`, `register` and `unregister`: every exit status, and every kind of wrong input. */
import { mkdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { FdSocket } from '../../runtime/sockets/fd-socket.js';
import { Folder, RunningVm, vmwire } from './program.js';

const test = suite('vmwire: commands that talk to a VM');

test('every request, for people and for machines', async () => {
  using vm = await RunningVm.start(['--simulate', '--audit']);
  const { socket } = vm;
  const first = await vmwire(['register', socket, '--size', '4K']);
  assert.equal(first, {
    status: 0,
    stdout: 'slot 1: 4096 bytes at guest address 0x4000000000 (pfn 67108864)\n',
    stderr: '',
  });
  const second = await vmwire(['register', socket, '--json', '-s', '8192']);
  assert.is(second.status, 0);
  assert.equal(JSON.parse(second.stdout), {
    ok: true,
    slot: 2,
    pfn: '67108865',
    address: '0x4000001000',
    size: 8192,
  });
  const silent = { status: 0, stdout: '', stderr: '' };
  assert.equal(await vmwire(['balloon', socket, '-256']), silent);
  assert.equal(await vmwire(['unregister', socket, '0x1', '-t', '3']), silent);
  const stopped = await vmwire(['stop', '--json', socket]);
  assert.equal(stopped, { status: 0, stdout: '{"ok":true}\n', stderr: '' });
  const { status, stderr } = await vm.program.ended();
  assert.is(status, 0);
  assert.match(stderr, /balloon: -256 pages/);
  assert.match(stderr, /unregister_memory\(slot: 1\): ok/);
  assert.is(vm.folder.hasSocket, false);
});

test('1: the VM refuses, and the reason has a cure', async () => {
  using vm = await RunningVm.start();
  assert.equal(await vmwire(['unregister', vm.socket, '9']), {
    status: 1,
    stdout: '',
    stderr:
      'vmwire: the VM refused unregisterMemory: ENOENT\n' +
      '  no memory is registered in this slot; registering answers with the slot\n',
  });
  const { status, stdout } = await vmwire(['register', vm.socket, '--size', '5', '--json']);
  assert.is(status, 1);
  const { ok, error } = JSON.parse(stdout);
  assert.equal([ok, error.code, error.errno], [false, 'EINVAL', 22]);
  assert.match(error.cure, /whole pages/);
});

test('memory files are shared, and what is none is refused', async () => {
  using vm = await RunningVm.start();
  using shared = new Folder();
  const frame = join('/dev/shm', `vmwire-test-${process.pid}`);
  writeFileSync(frame, '');
  try {
    truncateSync(frame, 12_288);
    const whole = await vmwire(['register', vm.socket, '--file', frame]);
    assert.match(whole.stdout, /^slot 1: 12288 bytes/);
    const part = await vmwire(['register', vm.socket, '--file', frame, '--size', '4096']);
    assert.match(part.stdout, /^slot 2: 4096 bytes/);
    truncateSync(frame, 100);
    const odd = await vmwire(['register', vm.socket, '--file', frame]);
    assert.is(odd.status, 1);
    truncateSync(frame, 0);
    const empty = await vmwire(['register', vm.socket, '--file', frame]);
    assert.is(empty.status, 1);
  } finally {
    rmSync(frame);
  }
  const missing = await vmwire(['register', vm.socket, '--file', join(shared.path, 'none')]);
  assert.is(missing.status, 2);
  assert.match(missing.stderr, /no such file/);
  const folder = await vmwire(['register', vm.socket, '--file', shared.path]);
  assert.is(folder.status, 2);
});

test('3: nobody is there, and the error says what to do', async () => {
  using folder = new Folder();
  const none = await vmwire(['stop', folder.socket]);
  assert.equal(none, {
    status: 3,
    stdout: '',
    stderr: `vmwire: no socket at ${folder.socket}\n  is the VM running? vmwire run PATH starts one\n`,
  });
  writeFileSync(folder.socket, 'a file');
  const file = await vmwire(['stop', folder.socket]);
  assert.is(file.status, 3);
  assert.match(file.stderr, /^vmwire: nobody serves /);
  const abstract = await vmwire(['stop', `@vmwire-nobody-${process.pid}`, '--json']);
  assert.is(abstract.status, 3);
  assert.is(JSON.parse(abstract.stdout).error.code, 'ECONNREFUSED');
  mkdirSync(join(folder.path, 'folder'));
  assert.is((await vmwire(['stop', join(folder.path, 'folder')])).status, 3);
});

test('3: a stream socket is none of ours', async () => {
  using folder = new Folder();
  const server = createServer().listen(folder.socket);
  try {
    const { status, stderr } = await vmwire(['stop', folder.socket]);
    assert.is(status, 3);
    assert.match(stderr, /is a stream socket/);
  } finally {
    server.close();
  }
});

for (const type of ['seqpacket', 'datagram'] as const) {
  test(`3: a ${type} server that never answers; --no-reply does not wait for it`, async () => {
    using folder = new Folder();
    using server =
      type === 'seqpacket' ? FdSocket.listen(folder.socket) : FdSocket.bind(folder.socket);
    assert.is(server.type, type);
    const { status, stderr } = await vmwire(['balloon', folder.socket, '1', '-t', '.1']);
    assert.is(status, 3);
    assert.match(stderr, /ETIMEDOUT\n {2}.*--timeout.*--no-reply/);
    const sent = await vmwire(['balloon', folder.socket, '1', '--no-reply']);
    assert.equal(sent, { status: 0, stdout: '', stderr: '' });
  });
}

test('3: a server that closes the connection', async () => {
  using folder = new Folder();
  using server = FdSocket.listen(folder.socket);
  const [client] = await Promise.all([
    vmwire(['stop', folder.socket]),
    server.acceptAsync().then(async (connection) => {
      await connection.recvAsync(new Uint8Array(24));
      connection.close();
    }),
  ]);
  assert.is(client.status, 3);
  assert.match(client.stderr, /closed the connection|ECONNRESET/);
  assert.not.match(client.stderr, / at /);
});

test('the conversation of 2018: datagrams, on both sides', async () => {
  using vm = await RunningVm.start(['--simulate', '--datagram', '--policy', 'crosvm2018']);
  assert.is((await vmwire(['register', vm.socket, '-s', '4K'])).status, 0);
  const sent = await vmwire(['stop', vm.socket, '--no-reply']);
  assert.equal(sent, { status: 0, stdout: '', stderr: '' });
  assert.is((await vm.program.ended()).status, 0);
});

test('abstract addresses', async () => {
  const name = `@vmwire-cli-${process.pid}`;
  using vm = await RunningVm.start(['--simulate', '--socket', name]);
  assert.is((await vmwire(['stop', name])).status, 0);
  assert.is((await vm.program.ended()).status, 0);
});

test('VMWIRE_DEBUG shows the conversation, and descriptors that were never closed: none', async () => {
  const env = { VMWIRE_DEBUG: '1' };
  using vm = await RunningVm.start(['--simulate'], env);
  const { status, stderr } = await vmwire(['register', vm.socket, '-s', '4096'], { env });
  assert.is(status, 0);
  const [sent, received, ...more] = stderr.trimEnd().split('\n');
  assert.match(
    sent ?? '',
    /^vmwire\[\d+\] -> vm_request\.register_memory\(memory: fd \d+, size: 4096/,
  );
  assert.match(received ?? '', /^vmwire\[\d+\] <- vm_response\.register_memory\(pfn: 67108864/);
  assert.equal(more, []);
  await vmwire(['stop', vm.socket]);
  const ended = await vm.program.ended();
  assert.match(ended.stderr, /<- vm_request\.exit\(\)/);
  assert.not.match(ended.stderr, /never closed/);
});

test.run();
