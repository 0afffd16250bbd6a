/** Who may speak: users by what the kernel says of them, modes, groups, and senders without a name. */
import { type ChildProcessByStdio, spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type ControlAccess, maySpeak } from '../../runtime/control/access.js';
import { auditLine } from '../../runtime/control/audit.js';
import { ControlClient } from '../../runtime/control/client.js';
import type { Credentials } from '../../runtime/sockets/packet-block.js';
import { runChild, whyNoStranger } from '../child.js';
import { testIf } from '../skip.js';
import { Served } from './served.js';

const test = suite('who may speak');
const types = ['seqpacket', 'datagram'] as const;
const stranger = 65_533;
const nobody = 65_534;
const missing = whyNoStranger();
const indexUrl = new URL('../../runtime/index.js', import.meta.url).href;
const inContainer = ['--pid', '--fork', '--kill-child'] as const;

function whyNoContainer(): string | undefined {
  const { status } = spawnSync('unshare', [...inContainer, 'true']);
  return status === 0 ? undefined : 'no pid namespace can be made';
}

/** What a process of another user is told that asks each of these servers to unregister a slot. */
async function askAs(uid: number, gid: number, servers: readonly Served[]): Promise<string[]> {
  for (const { folder } of servers) chmodSync(folder, 0o755);
  const paths = servers.map(({ path }) => path);
  const { stdout, stderr } = await runChild(
    `for (const path of ${JSON.stringify(paths)}) {
       try {
         const client = await vmwire.ControlClient.connect(path);
         await client.unregisterMemory(7);
       } catch (error) {
         console.log(error.code);
       }
     }`,
    { uid, gid },
  );
  assert.is(stderr, '');
  return stdout.trim().split('\n');
}

/** By user and group: what a server of ours allows, and what it says. ENOENT: executed, there is no such slot. */
const users: readonly (readonly [number, number, readonly (readonly [ControlAccess, string])[]])[] =
  [
    [
      stranger,
      stranger,
      [
        [{}, 'EACCES'],
        [{ mode: 0o660 }, 'EACCES'],
        [{ mode: 0o666 }, 'EPERM'],
        [{ mode: 0o666, gid: stranger }, 'EPERM'],
        [{ mode: 0o666, uids: [stranger + 2] }, 'EPERM'],
        [{ mode: 0o666, uids: [stranger] }, 'ENOENT'],
        [{ uids: [stranger] }, 'EACCES'],
      ],
    ],
    [stranger, 4242, [[{ mode: 0o660, gid: 4242 }, 'ENOENT']]],
    [stranger, 4243, [[{ mode: 0o660, gid: 4242 }, 'EACCES']]],
    [
      nobody,
      4242,
      [
        [{ mode: 0o660, gid: 4242 }, 'EPERM'],
        [{ mode: 0o666, uids: [nobody] }, 'EPERM'],
      ],
    ],
  ];

for (const [uid, gid, cases] of users) {
  testIf(test, missing, `user ${uid} of group ${gid}`, async () => {
    const all = types.flatMap((type) => cases.map((rest) => [type, ...rest] as const));
    const servers = all.map(([type, access]) => new Served({ serve: { type, access } }));
    const codes = await askAs(uid, gid, servers);
    for (const [index, [type, access, expected]] of all.entries()) {
      assert.is(codes[index], expected, `${type} ${JSON.stringify(access)}`);
      const answers = servers[index]?.audit.map(({ response }) => response);
      const executed = answers?.some((answer) => answer?.type === 'err' && answer.errno === 2);
      assert.is(executed, expected === 'ENOENT');
      servers[index]?.[Symbol.dispose]();
    }
  });
}

testIf(test, missing, 'a refused request is in the audit, with its sender', async () => {
  using served = new Served({ serve: { type: 'datagram', access: { mode: 0o666 } } });
  assert.equal(await askAs(stranger, stranger, [served]), ['EPERM']);
  assert.match(
    served.audit.map(auditLine).join('\n'),
    /^uid 65533 pid \d+ vm_request.unregister_memory\(slot: 7\): EPERM$/,
  );
});

testIf(
  test,
  missing,
  'a server of another user serves that user and root, and is not nobody’s',
  async () => {
    for (const [uid, expected] of [
      [stranger, 'true true'],
      [nobody, 'false true'],
    ] as const) {
      const { stdout, stderr } = await runChild(
        `const vm = new vmwire.SimulatedVm();
       const { maySpeak } = await import(${JSON.stringify(new URL('../../runtime/control/access.js', import.meta.url).href)});
       const own = { pid: 1, uid: process.geteuid(), gid: 1 };
       console.log(maySpeak(own, {}, true), maySpeak({ ...own, uid: 0 }, {}, true));`,
        { uid, gid: uid },
      );
      assert.is(stdout.trim(), expected, stderr);
    }
  },
);

/** Serves in a pid namespace of its own, as in a container, until a client asks it to exit. */
function serveInContainer(path: string): ChildProcessByStdio<null, Readable, null> {
  const program = `import * as vmwire from ${JSON.stringify(indexUrl)};
    const context = new vmwire.ExecuteContext(new vmwire.SimulatedVm());
    const audit = (entry) => console.log(vmwire.auditLine(entry));
    const server = new vmwire.ControlServer(context, { audit });
    server.listen(${JSON.stringify(path)});
    console.log('ready');
    await server.exited;
    server.close();`;
  const node = [process.execPath, '--input-type=module', '-e', program];
  return spawn('unshare', [...inContainer, ...node], { stdio: ['ignore', 'pipe', 'inherit'] });
}

testIf(test, whyNoContainer(), 'a client whose pid the server can not see is served', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'vmwire-container-'));
  const path = join(folder, 'socket');
  const server = serveInContainer(path);
  try {
    const said = createInterface(server.stdout)[Symbol.asyncIterator]();
    assert.is((await said.next()).value, 'ready');
    using client = await ControlClient.connect(path);
    await client.exit();
    const { value: line } = await said.next();
    assert.is(line, `uid ${process.geteuid?.()} pid 0 vm_request.exit(): ok`);
  } finally {
    server.kill('SIGKILL'); // unshare ignores SIGTERM
    rmSync(folder, { recursive: true });
  }
});

function peer(uid: number): Credentials {
  return { pid: 1, uid, gid: 1 };
}

test('the rules, one by one', () => {
  const me = process.geteuid?.() ?? -1;
  const other = 54_321;
  const cases: readonly (readonly [Parameters<typeof maySpeak>, boolean])[] = [
    [[peer(me), {}, true], true],
    [[peer(me), {}, false], true],
    [[peer(0), {}, false], true],
    [[undefined, {}, true], false],
    [[undefined, { mode: 0o660, gid: 1 }, true], false],
    [[peer(other), {}, true], false],
    [[peer(other), { uids: [other] }, false], true],
    [[peer(other), { uids: [other + 1] }, true], false],
    [[peer(nobody), { uids: [nobody] }, true], false],
    [[peer(0xffff_ffff), {}, true], false], // what a datagram socket's SO_PEERCRED says
    // A group counts only where the file's permissions have kept everyone else out.
    [[peer(other), { gid: 1, mode: 0o660 }, true], true],
    [[peer(other), { gid: 1, mode: 0o660 }, false], false],
    [[peer(other), { gid: 1, mode: 0o666 }, true], false],
    [[peer(other), { gid: 1, mode: 0o662 }, true], false],
    [[peer(other), { gid: 1 }, true], false],
    [[peer(other), { mode: 0o660 }, true], false],
  ];
  for (const [given, expected] of cases) {
    assert.is(maySpeak(...given), expected, JSON.stringify(given));
  }
});

test.run();
