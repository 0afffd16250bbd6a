/** Our peers in Rust, C and Python against hand-made packets; each fault that they can plant shows. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { socketPair } from '../../runtime/index.js';
import { testIf } from '../skip.js';
import { type Language, languages, writeBindings } from './languages.js';
import {
  type Bench,
  type Case,
  ask,
  connectionCases,
  crosvmCases,
  failing,
  memfdsCloseOnExec,
  shortWaitMs,
  strictCases,
} from './peer-cases.js';
import { PeerDriver } from './suite/peer-driver.js';
import { protocolOf, schemasIn } from '../schemas.js';

/** A peer that has not answered by then hangs. */
const hangsAfterMs = 60_000;

const folder = mkdtempSync(join(tmpdir(), 'vmwire-peers-'));
const commands = new Map<string, Promise<string[]>>();

/** The peer of a language on the protocol of a schema, compiled once. */
function commandOf(language: Language, schema: string): Promise<string[]> {
  const key = `${language.name}-${schema}`;
  const command = commands.get(key) ?? build(language, schema, join(folder, key));
  commands.set(key, command);
  return command;
}

async function build(language: Language, schema: string, into: string): Promise<string[]> {
  const files = [...schemasIn('schema'), ...schemasIn('test/codegen/samples')];
  const protocol = await protocolOf(files.find((file) => file.endsWith(`/${schema}.ksy`)) ?? '');
  await writeBindings(language, protocol, into);
  return language.build(protocol, 'peer', into);
}

/** Runs something with a peer, which must end by itself. */
async function withPeer<T>(
  language: Language,
  schema: 'vm_control' | 'descriptors',
  args: readonly string[],
  use: (bench: Bench) => Promise<T>,
): Promise<T> {
  const command = await commandOf(language, schema);
  const [socket, far] = socketPair(schema === 'vm_control' ? 'datagram' : 'seqpacket');
  far.setTimeouts({ receiveMs: shortWaitMs });
  const peer = new PeerDriver([...command, ...args], far, hangsAfterMs);
  try {
    const result = await use({ peer, socket, far });
    assert.is(await peer.quit(), undefined);
    return result;
  } finally {
    await peer.end();
    socket.close();
    far.close();
  }
}

interface Setting {
  readonly schema: 'vm_control' | 'descriptors';
  readonly policy: 'strict' | 'crosvm2018';
  readonly cases: readonly Case[];
}

const strict: Setting = { schema: 'vm_control', policy: 'strict', cases: strictCases };
const crosvm: Setting = { schema: 'vm_control', policy: 'crosvm2018', cases: crosvmCases };
const connection: Setting = { schema: 'descriptors', policy: 'strict', cases: connectionCases };

/** Each fault, where it is planted, and the cases that must fail: no other may. */
const faults: readonly [string, Setting, readonly string[]][] = [
  [
    'offset',
    strict,
    [
      'sends a negative number',
      'sends 64 bits and a memfd',
      'receives a negative number',
      'receives an errno',
      'receives a memfd',
    ],
  ],
  [
    'offset',
    connection,
    [
      'takes two in their order',
      'takes three in their order',
      'sends three in their order',
      'sends without an optional one',
      'sends no spare byte',
    ],
  ],
  ['tag', strict, ['sends no member', 'sends a negative number', 'sends 64 bits and a memfd']],
  ['padding', strict, ['sends no member', 'sends a negative number', 'sends 64 bits and a memfd']],
  ['padding', connection, ['sends three in their order', 'sends without an optional one']],
  [
    'leak',
    strict,
    [
      'receives a memfd',
      'an unknown tag with a memfd',
      'one byte too few, with memfds',
      'far too many bytes, with a memfd',
      'a memfd where none belongs',
      'two memfds instead of one',
      '253 memfds instead of one',
      'room for none, yet one counts',
    ],
  ],
  ['wrong-end', strict, []],
  ['wrong-end', crosvm, ['room for two of three', 'room for more than come', 'room for 253']],
  [
    'wrong-end',
    connection,
    ['takes two in their order', 'takes three in their order', 'does without an optional one'],
  ],
  [
    'cut',
    strict,
    ['one byte too many', 'far too many bytes, with a memfd', 'an unknown tag in too many bytes'],
  ],
  ['cut', crosvm, []],
  [
    'surplus',
    strict,
    [
      'a memfd where none belongs',
      'two memfds instead of one',
      '253 memfds instead of one',
      'room for none, yet one counts',
    ],
  ],
  ['order', strict, ['no byte', 'an unknown tag in too many bytes']],
];

for (const language of languages) {
  const { name, missing } = language;

  for (const setting of [strict, crosvm, connection]) {
    const { schema, policy, cases } = setting;
    testIf(test, missing, `${name} on ${schema}, ${policy}`, async () => {
      await withPeer(language, schema, ['--policy', policy], async (bench) => {
        assert.equal(await ask(bench.peer, { op: 'hello' }), {
          ok: true,
          peer: name,
          protocol: schema,
          policy,
          ops: ['send', 'recv', 'descriptors'],
        });
        assert.equal([...(await failing(bench, cases))], []);
      });
    });
  }

  for (const [fault, { schema, policy, cases }, expected] of faults) {
    const title = `${name} with the fault ${fault} on ${schema}, ${policy}`;
    testIf(test, missing, title, async () => {
      const args = ['--policy', policy, '--sabotage', fault];
      // Waiting shows none of them.
      const quick = cases.filter((each) => !/wait|nothing to receive/.test(each.name));
      const failures = await withPeer(language, schema, args, (bench) => failing(bench, quick));
      assert.equal([...failures.keys()], expected);
    });
  }

  for (const [sabotage, expected] of [
    ['leak', [true]],
    ['leak,cloexec', [false]],
  ] as const) {
    testIf(test, missing, `${name} receives close-on-exec, seen with ${sabotage}`, async () => {
      const memfds = await withPeer(
        language,
        'vm_control',
        ['--sabotage', sabotage],
        async (bench) => {
          await failing(
            bench,
            strictCases.filter((each) => each.name === 'receives a memfd'),
          );
          return memfdsCloseOnExec(bench.peer.pid ?? 0);
        },
      );
      assert.equal(memfds, expected);
    });
  }

  testIf(test, missing, `${name} knows no other fault, and ends with its input`, async () => {
    await assertEnds(language, ['--sabotage', 'no-such'], (status) => status !== 0);
    await assertEnds(language, [], (status) => status === 0);
  });
}

async function assertEnds(
  language: Language,
  args: readonly string[],
  good: (status: unknown) => boolean,
): Promise<void> {
  const [program = '', ...before] = await commandOf(language, 'vm_control');
  const [socket, far] = socketPair();
  try {
    const { status } = spawnSync(program, [...before, ...args], {
      stdio: ['pipe', 'pipe', 'inherit', far.fd],
      timeout: hangsAfterMs,
    });
    assert.ok(good(status), `status ${status}`);
  } finally {
    socket.close();
    far.close();
  }
}

test.after(() => rmSync(folder, { recursive: true }));
test.run();
