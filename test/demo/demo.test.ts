/** `npm start`: what it shows with KVM and without, and that it leaves nothing open. */
import { readFileSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { compiled, runNode, whyNoStranger } from '../child.js';
import { type Program, startModule } from '../cli/program.js';
import { kvmMissing } from '../control/targets.js';
import { testIf } from '../skip.js';

const test = suite('the demonstration');
const missing = kvmMissing();
const path = 'runtime/demo/main.js';

/** Looks for lines in this order, with others between. */
function assertInOrder(text: string, patterns: readonly RegExp[]): void {
  let rest = text;
  for (const pattern of patterns) {
    const found = pattern.exec(rest);
    assert.ok(found !== null, `${pattern} is missing in:\n${text}`);
    rest = rest.slice(found.index + found[0].length);
  }
}

/** What the two processes say in any case. */
const conversation: readonly RegExp[] = [
  /control {2}→ register_memory\(memory: fd \d+, size: 4096 bytes\)/,
  /vmm {6}executes register_memory for pid \d+: register_memory\(pfn: 67108864 pages, slot: 1\)/,
  /control {2}← slot 1, page frame 0x4000000\n/,
  /control {2}→ balloon_adjust\(num_pages: 256 pages\)/,
  /balloon {2}receives \+256 pages/,
  /balloon {2}receives -128 pages/,
  /control {2}→ unregister_memory\(slot: 1\)/,
  /control {2}← ok/,
  /control {2}← err ENOENT/,
  /control {2}→ exit\(\)/,
  /control {2}pid \d+ has left open: nothing \(0 descriptors, 0 mappings, 0 threads\)/,
  /vmm {6}ends: exitRequested/,
  /vmm {6}pid \d+ has left open: nothing \(0 descriptors, 0 mappings, 0 threads\)/,
];

/** Folders of sockets that are still there. */
function folders(): string[] {
  return readdirSync(tmpdir()).filter((name) => name.startsWith('vmwire-demo-'));
}

testIf(test, missing, 'every request on KVM, seen by the guest', async () => {
  const before = folders();
  const { status, stdout, stderr } = await startModule(path).ended();
  assert.equal({ status, stderr }, { status: 0, stderr: '' });
  assert.match(stdout, /^Two processes and a VM on KVM/);
  assertInOrder(stdout, [
    /executes locally register_ioevent\(.*address: 1536, datamatch: 1\): ok/,
    /executes locally register_irqfd\(event: fd \d+, irq: 5\): ok/,
    ...conversation,
  ]);
  assertInOrder(stdout, [
    /fires the irqfd of line 5/,
    /sees the ioeventfd of port 0x600 fire: the guest has answered/,
  ]);
  assertInOrder(stdout, [
    /guest {4}prints: ready/,
    /guest {4}prints: reads hello from process \d+/,
  ]);
  const [, child] = /pid (\d+) connects/.exec(stdout) ?? [];
  assert.match(stdout, `what the guest wrote: "HELLO FROM PROCESS ${child}"`);
  assert.equal(folders(), before);
});

for (const [what, args, reason] of [
  ['without a KVM device', ['--kvm', '/nonexistent'], 'open /nonexistent'],
  ['on a simulated VM, as asked for', ['--simulate'], 'as was asked for'],
] as const) {
  test(what, async () => {
    const { status, stdout, stderr } = await startModule(path, args).ended();
    assert.equal({ status, stderr }, { status: 0, stderr: '' });
    const [first = ''] = stdout.split('\n');
    assert.ok(first.startsWith(`Without KVM (${reason}`), first);
    assert.ok(
      first.endsWith("the conversation runs on SimulatedVm, the guest's steps are skipped"),
    );
    assertInOrder(stdout, [
      ...conversation,
      /Skipped, for want of KVM:\n(?: {2}the guest .*\n){4}$/,
    ]);
    assert.not.match(stdout, /guest {4}prints/);
  });
}

for (const [what, end] of [
  ['SIGINT', (demo: Program) => demo.kill('SIGINT')],
  ['a reader that goes', (demo: Program) => demo.child.stdout?.destroy()],
] as const) {
  test(`${what} in the middle: no folder and no other process is left`, async () => {
    const before = folders();
    const demo = startModule(path, ['--simulate']);
    await demo.prints(/serves /);
    end(demo);
    // Its pipes are closed when the other process has ended, too.
    const { status, stderr } = await demo.ended();
    assert.equal({ status, stderr }, { status: what === 'SIGINT' ? 130 : 0, stderr: '' });
    assert.equal(folders(), before);
  });
}

testIf(test, whyNoStranger(), 'nobody, whom no server serves, is told so', async () => {
  const nobody = { uid: 65_534, gid: 65_534 };
  const { status, stderr } = await runNode([compiled(path), '--simulate'], nobody);
  assert.is(status, 1);
  assert.match(stderr, /EPERM\n {2}the VM does not serve this user/);
  assert.not.match(stderr, / {4}at /);
});

test('npm start runs it', () => {
  const manifest = JSON.parse(
    readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'),
  );
  assert.is(manifest.scripts.start, `node dist/${path}`);
});

test.run();
