/** A socket's file: its mode from the first moment, and what is never followed, removed or taken over. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { LOCK_EX, flock } from '../../native/fd.js';
import { openSocket, bindTo } from '../../runtime/sockets/open-socket.js';
import { FdSocket } from '../../runtime/sockets/fd-socket.js';
import { UnixAddress } from '../../runtime/sockets/unix-address.js';
import { type Ended, runChild } from '../child.js';
import { open } from '../control/memfd.js';
import { leavesNothingOpen } from '../control/open-resources.js';
import { refusal } from '../memory/refusal.js';

const test = suite('the file of a socket');
const folder = mkdtempSync(join(tmpdir(), 'vmwire-files-'));
let count = 0;

/** A path where nothing is. */
function newPath(): string {
  return join(folder, `socket-${++count}`);
}

const types = ['datagram', 'seqpacket'] as const;
type SocketType = (typeof types)[number];

function serve(path: string, type: SocketType, access = {}): FdSocket {
  return type === 'datagram' ? FdSocket.bind(path, { access }) : FdSocket.listen(path, { access });
}

/** Binds a socket without our care, and leaves its file behind, as a server that dies does. */
function dieAt(path: string, type: SocketType): void {
  using socket = openSocket(type, path);
  assert.is(bindTo(socket.fd, UnixAddress.from(path)), 0);
}

for (const type of types) {
  test(`${type}: mode 0600 unless told, the mode that was told, and gone after close`, () => {
    for (const mode of [undefined, 0o600, 0o660, 0o666, 0o777, 0o400]) {
      const path = newPath();
      const socket = serve(path, type, { mode });
      assert.is(lstatSync(path).mode & 0o777, mode ?? 0o600);
      assert.ok(lstatSync(path).isSocket());
      socket.close();
      assert.is(existsSync(path), false);
    }
  });

  test(`${type}: a dead socket of either type is replaced`, () => {
    for (const dead of types) {
      const path = newPath();
      dieAt(path, dead);
      using socket = serve(path, type);
      using client = FdSocket.connect(path, { type });
      assert.is(client.peerAddress.path, path);
      assert.is(socket.closed, false);
    }
  });

  test(`${type}: a live socket is never taken over, listening or not yet`, async () => {
    await leavesNothingOpen(() => {
      for (const other of types) {
        const path = newPath();
        using live = serve(path, other);
        const { ino } = lstatSync(path);
        assert.is(
          refusal(() => serve(path, type)),
          'EADDRINUSE',
        );
        assert.throws(() => serve(path, type), /live socket/);
        assert.is(lstatSync(path).ino, ino);
        live.close();
        // Bound, but it doesn't listen yet: connecting to it is refused as to a dead one.
        using bound = openSocket(other, path);
        assert.is(bindTo(bound.fd, UnixAddress.from(path)), 0);
        assert.is(
          refusal(() => serve(path, type)),
          'EADDRINUSE',
        );
        unlinkSync(path);
      }
    });
  });

  test(`${type}: whatever else is at the path is neither followed nor removed`, async () => {
    await leavesNothingOpen(() => {
      const path = newPath();
      const target = newPath();
      const others: readonly (readonly [string, () => void])[] = [
        ['a regular file', () => writeFileSync(path, 'precious')],
        ['a link to a file', () => (writeFileSync(target, 'precious'), symlinkSync(target, path))],
        ['a link to nothing', () => symlinkSync(newPath(), path)],
        ['a link to a dead socket', () => (dieAt(target, type), symlinkSync(target, path))],
        [
          'another name of a file',
          () => (writeFileSync(target, 'precious'), linkSync(target, path)),
        ],
      ];
      for (const [what, make] of others) {
        make();
        const before = lstatSync(path);
        assert.is(
          refusal(() => serve(path, type)),
          'EADDRINUSE',
          what,
        );
        assert.is(lstatSync(path).ino, before.ino, what);
        if (existsSync(target) && lstatSync(target).isFile()) {
          assert.is(readFileSync(target, 'utf8'), 'precious');
        }
        rmSync(path);
        rmSync(target, { force: true });
      }
    });
  });

  test(`${type}: a file that is no longer ours is left alone`, () => {
    const path = newPath();
    const first = serve(path, type);
    renameSync(path, `${path}-moved`);
    writeFileSync(path, 'somebody else’s');
    first.close();
    assert.is(readFileSync(path, 'utf8'), 'somebody else’s');
    rmSync(path);
  });
}

test('a mode or a group that can’t be is refused before anything is made', () => {
  const path = newPath();
  for (const access of [
    { mode: -1 },
    { mode: 0o1000 },
    { mode: 1.5 },
    { mode: NaN },
    { mode: '600' },
    { gid: -1 },
    { gid: 2 ** 32 - 1 },
    { gid: 0.5 },
  ]) {
    assert.is(
      refusal(() => serve(path, 'seqpacket', access)),
      'EINVAL',
    );
    assert.is(existsSync(path), false);
  }
});

test('there is no moment at which others may open it', async () => {
  // A second thread looks as fast as it can while sockets are made with a mode for everyone's group.
  const path = newPath();
  const watcher = new Worker(
    `const { lstatSync } = require('node:fs');
     const { workerData, parentPort } = require('node:worker_threads');
     const seen = new Set();
     let stop = false;
     parentPort.once('message', () => { stop = true; });
     const look = () => {
       for (let round = 0; round < 500; round++) {
         const found = lstatSync(workerData, { throwIfNoEntry: false });
         if (found !== undefined) seen.add(found.mode & 0o777);
       }
       if (stop) parentPort.postMessage([...seen]); else setImmediate(look);
     };
     parentPort.postMessage('ready');
     look();`,
    { eval: true, workerData: path },
  );
  await once(watcher, 'message');
  const before = process.umask(0);
  try {
    for (let round = 0; round < 1_500; round++) serve(path, types[round % 2] ?? 'datagram').close();
  } finally {
    process.umask(before);
  }
  watcher.postMessage('stop');
  const [seen] = (await once(watcher, 'message')) as [unknown]; // a list of modes
  assert.equal(seen, [0o600]);
  await watcher.terminate();
});

test('a directory that is locked by somebody else is waited for, and not for ever', () => {
  using directory = open(folder, 0);
  assert.is(flock(directory.fd, LOCK_EX), 0);
  const path = newPath();
  assert.is(
    refusal(() => serve(path, 'datagram')),
    'EAGAIN',
  );
  assert.is(existsSync(path), false);
});

test('a directory that can no longer be read does not keep a socket from closing', async () => {
  const inner = mkdtempSync(join(folder, 'inner-'));
  const path = join(inner, 'socket');
  await leavesNothingOpen(() => {
    const socket = serve(path, 'seqpacket');
    // A file in its place: lstat says ENOTDIR.
    renameSync(inner, `${inner}-moved`);
    writeFileSync(inner, '');
    socket.close();
    rmSync(inner);
    renameSync(`${inner}-moved`, inner);
    rmSync(path);
    assert.is(socket.closed, true);
  });
});

const race = (path: string): string => `
  process.stdout.write('ready\\n');
  await new Promise((resolve) => process.stdin.once('data', resolve));
  try {
    const socket = vmwire.FdSocket.listen(${JSON.stringify(path)});
    console.log('won');
    await new Promise((resolve) => process.stdin.once('end', resolve));
    socket.close();
  } catch (error) {
    console.log(error.code);
  }
`;

test('of two servers that start at once one wins, and the other says why', async () => {
  const index = new URL('../../runtime/index.js', import.meta.url).href;
  for (let round = 0; round < 4; round++) {
    const path = newPath();
    if (round % 2 === 1) dieAt(path, 'seqpacket');
    const code = `import * as vmwire from ${JSON.stringify(index)};${race(path)}`;
    const children = [1, 2, 3].map(() => {
      const child = spawn(process.execPath, ['--input-type=module', '-e', code], {
        stdio: ['pipe', 'pipe', 'inherit'],
      });
      let said = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
      return { child, said: () => said };
    });
    const saidAll = async (lines: number): Promise<void> => {
      while (!children.every(({ said }) => said().split('\n').length > lines)) {
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
    };
    await saidAll(1);
    for (const { child } of children) child.stdin.write('go');
    await saidAll(2);
    const results = children.map(({ said }) => said().split('\n')[1]).toSorted();
    assert.equal(results, ['EADDRINUSE', 'EADDRINUSE', 'won']);
    FdSocket.connect(path).close(); // the winner's
    const ended = children.map(({ child }) => once(child, 'exit'));
    for (const { child } of children) child.stdin.end();
    await Promise.all(ended);
    assert.is(existsSync(path), false);
  }
});

const endings: readonly (readonly [string, string, (ended: Ended) => boolean])[] = [
  ['process.exit', 'process.exit(3);', ({ status }) => status === 3],
  ['an uncaught exception', 'throw new Error("x");', ({ status }) => status === 1],
  ['a rejection', 'await Promise.reject(new Error("x"));', ({ status }) => status === 1],
  ['having nothing left to do', '', ({ status }) => status === 0],
];

for (const [how, code, expected] of endings) {
  test(`a process that ends by ${how} removes its file`, async () => {
    const path = newPath();
    const ended = await runChild(`
      const socket = vmwire.FdSocket.listen(${JSON.stringify(path)});
      if (socket.localAddress.path !== ${JSON.stringify(path)}) process.abort();
      globalThis.kept = socket;
      ${code}`);
    assert.ok(expected(ended), JSON.stringify(ended));
    assert.is(existsSync(path), false);
  });
}

test('a process that is killed leaves a file that the next server replaces', async () => {
  const path = newPath();
  const { signal } = await runChild(`
    const socket = vmwire.FdSocket.listen(${JSON.stringify(path)});
    process.kill(process.pid, 'SIGKILL');
    socket.close();`);
  assert.is(signal, 'SIGKILL');
  assert.is(existsSync(path), true);
  serve(path, 'seqpacket').close();
});

test.after(() => {
  chmodSync(folder, 0o700);
  rmSync(folder, { recursive: true });
});

test.run();
