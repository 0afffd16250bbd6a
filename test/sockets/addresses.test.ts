/** Names of sockets: paths, the abstract namespace, automatic ones, and what can't be a name. */
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { FdSocket, socketPair } from '../../runtime/sockets/fd-socket.js';
import { type AddressLike, UnixAddress } from '../../runtime/sockets/unix-address.js';
import { leavesNothingOpen } from '../control/open-resources.js';
import { refusal } from '../memory/refusal.js';

const test = suite('addresses');
const folder = mkdtempSync(join(tmpdir(), 'vmwire-addresses-'));
const abstract = `vmwire-addresses-${process.pid}`;

/** A path of so many bytes. */
function pathOf(bytes: number): string {
  return `${folder}/`.padEnd(bytes, 'x');
}

for (const bytes of [107, 108]) {
  test(`a path of ${bytes} bytes is bound, connected to, told, and removed`, async () => {
    await leavesNothingOpen(() => {
      const path = pathOf(bytes);
      assert.is(Buffer.byteLength(path), bytes);
      using server = FdSocket.listen(path);
      assert.is(server.localAddress.path, path);
      using client = FdSocket.connect(path);
      using accepted = server.accept();
      assert.is(client.peerAddress.path, path);
      assert.is(accepted.peerAddress.kind, 'unnamed');
      assert.is(existsSync(path), true);
      server.close();
      assert.is(existsSync(path), false);
    });
  });

  test(`a datagram from a path of ${bytes} bytes names its sender, who can be answered`, () => {
    using server = FdSocket.bind({ abstract });
    using client = FdSocket.bind(pathOf(bytes));
    client.sendTo({ abstract }, Uint8Array.of(1));
    const { sender } = server.recv(new Uint8Array(1));
    assert.is(sender.path, pathOf(bytes));
    server.sendTo(sender, Uint8Array.of(2));
    assert.is(client.recv(new Uint8Array(1)).sender.toString(), `@${abstract}`);
  });
}

/** Names that can't be: what is said of them, by bind and connect alike. */
const bad: readonly (readonly [string, AddressLike, string, RegExp])[] = [
  ['a path of 109 bytes', pathOf(109), 'ENAMETOOLONG', /109 bytes; .* at most 108/],
  ['a path of 5000 bytes', pathOf(5000), 'ENAMETOOLONG', /5000 bytes/],
  ['108 characters that are more bytes', `/${'é'.repeat(107)}`, 'ENAMETOOLONG', /215 bytes/],
  ['an abstract name of 108 bytes', { abstract: 'x'.repeat(108) }, 'ENAMETOOLONG', /109 bytes/],
  ['a zero byte in a path', `${folder}/a\0b`, 'EINVAL', /zero byte/],
  ['an empty path', '', 'EINVAL', /empty path/],
  ['an empty abstract name', { abstract: '' }, 'EINVAL', /neither a path nor/],
  // What untyped callers pass.
  ['a number', 5 as never, 'EINVAL', /neither a path nor/],
  ['null', null as never, 'EINVAL', /neither a path nor/],
  ['an abstract number', { abstract: 7 } as never, 'EINVAL', /neither a path nor/],
];

for (const [what, address, code, text] of bad) {
  test(`${what} is ${code}`, async () => {
    await leavesNothingOpen(() => {
      for (const call of [
        () => FdSocket.bind(address),
        () => FdSocket.listen(address),
        () => FdSocket.connect(address),
      ]) {
        assert.is(refusal(call), code);
        assert.throws(call, text);
      }
    });
  });
}

test('an abstract name of 107 bytes, and one with zero bytes and any others', () => {
  for (const name of ['x'.repeat(107), 'a\0b', 'é\n"']) {
    using server = FdSocket.listen({ abstract: name });
    using client = FdSocket.connect({ abstract: name });
    assert.is(client.peerAddress.kind, 'abstract');
    assert.equal(server.localAddress.bytes, new Uint8Array(Buffer.from(`\0${name}`)));
  }
});

test('automatic names differ, are abstract, and can be answered', () => {
  using server = FdSocket.bind();
  using other = FdSocket.bind();
  const name = server.localAddress;
  assert.is(name.kind, 'abstract');
  assert.is.not(name.toString(), other.localAddress.toString());
  using client = FdSocket.connect(name, { type: 'datagram', autobind: true });
  client.send(Uint8Array.of(1));
  const { sender } = server.recv(new Uint8Array(1));
  assert.is(sender.toString(), client.localAddress.toString());
  server.sendTo(sender, Uint8Array.of(2));
  assert.is(client.recv(new Uint8Array(1)).length, 1);
});

test('a client that connected, then took a name, hears nobody but its server', () => {
  using server = FdSocket.bind();
  using stranger = FdSocket.bind();
  using client = FdSocket.connect(server.localAddress, { type: 'datagram', autobind: true });
  assert.is(
    refusal(() => stranger.sendTo(client.localAddress, Uint8Array.of(1))),
    'EPERM',
  );
  server.sendTo(client.localAddress, Uint8Array.of(2));
  assert.is(client.recv(new Uint8Array(1)).length, 1);
});

test('nobody can be sent to who has no name', () => {
  using server = FdSocket.bind();
  using client = FdSocket.connect(server.localAddress, { type: 'datagram' });
  client.send(Uint8Array.of(1));
  const { sender } = server.recv(new Uint8Array(1));
  assert.is(sender, UnixAddress.unnamed);
  assert.is(
    refusal(() => server.sendTo(sender, Uint8Array.of(1))),
    'EINVAL',
  );
  assert.is(
    refusal(() => FdSocket.connect(sender)),
    'EINVAL',
  );
});

test('connecting says why it failed, and leaves nothing open', async () => {
  writeFileSync(join(folder, 'file'), '');
  mkdirSync(join(folder, 'directory'), { recursive: true });
  await leavesNothingOpen(() => {
    using datagrams = FdSocket.bind(join(folder, 'datagrams'));
    using connections = FdSocket.listen(join(folder, 'connections'));
    const failures: readonly (readonly [AddressLike, 'datagram' | 'seqpacket', string])[] = [
      [join(folder, 'nothing'), 'seqpacket', 'ENOENT'],
      [join(folder, 'nothing'), 'datagram', 'ENOENT'],
      [join(folder, 'file'), 'seqpacket', 'ECONNREFUSED'],
      [join(folder, 'directory'), 'seqpacket', 'ECONNREFUSED'],
      [join(folder, 'file', 'below'), 'seqpacket', 'ENOTDIR'],
      [join(folder, 'datagrams'), 'seqpacket', 'EPROTOTYPE'],
      [join(folder, 'connections'), 'datagram', 'EPROTOTYPE'],
      [{ abstract: `${abstract}-nobody` }, 'seqpacket', 'ECONNREFUSED'],
    ];
    for (const [address, type, code] of failures) {
      const call = (): FdSocket => FdSocket.connect(address, { type });
      assert.is(refusal(call), code);
      // It names what was connected to.
      assert.throws(call, new RegExp(UnixAddress.from(address).toString().replace(/[@/]/g, '.')));
    }
    assert.is(datagrams.type, 'datagram');
    assert.is(connections.listening, true);
  });
});

test('binding says why it failed, and leaves nothing open', async () => {
  await leavesNothingOpen(() => {
    using taken = FdSocket.bind({ abstract });
    assert.is(
      refusal(() => FdSocket.bind({ abstract })),
      'EADDRINUSE',
    );
    assert.is(
      refusal(() => FdSocket.bind(join(folder, 'no', 'such', 'folder'))),
      'ENOENT',
    );
    assert.is(
      refusal(() => FdSocket.listen(join(folder, 'x'), { type: 'datagram' })),
      'EOPNOTSUPP',
    );
    assert.is(existsSync(join(folder, 'x')), false);
    assert.is(taken.closed, false);
  });
});

test('an end of a pair has no name, and knows who made it', () => {
  for (const type of ['datagram', 'seqpacket'] as const) {
    const [left, right] = socketPair(type);
    assert.is(left.localAddress, UnixAddress.unnamed);
    assert.is(left.peerCredentials?.pid, process.pid);
    assert.is(left.listening, false);
    left.close();
    right.close();
  }
});

test.after(() => rmSync(folder, { recursive: true }));

test.run();
