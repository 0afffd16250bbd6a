/** A process with nothing left to wait for ends by itself, and one that waits does not. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { runChild } from '../child.js';

const test = suite('the end of a process');

/** Programs that must end by themselves, and what they say. */
const programs: readonly (readonly [string, string, string])[] = [
  [
    'sockets that nobody waits on',
    `const pair = vmwire.socketPair(); console.log(pair.length);`,
    '2\n',
  ],
  [
    'one that waited, and has its answer',
    `const [left, right] = vmwire.socketPair();
     setTimeout(() => left.send(Buffer.from('x')), 20);
     console.log((await right.recvAsync(new Uint8Array(1))).length);`,
    '1\n',
  ],
  [
    'one that waited, and gave up',
    `const [left, right] = vmwire.socketPair();
     await right.recvAsync(new Uint8Array(1), { timeoutMs: 20 }).catch((error) => console.log(error.code));
     const abort = new AbortController();
     setTimeout(() => abort.abort('enough'), 20);
     await right.recvAsync(new Uint8Array(1), { signal: abort.signal }).catch(console.log);
     console.log(left.closed);`,
    'ETIMEDOUT\nenough\nfalse\n',
  ],
  [
    'one whose socket was closed while it waited',
    `const [left, right] = vmwire.socketPair();
     setTimeout(() => right.close(), 20);
     await right.recvAsync(new Uint8Array(1)).catch((error) => console.log(error.code));
     left.close();`,
    'ECANCELED\n',
  ],
  [
    'a server that is closed',
    `const vm = new vmwire.SimulatedVm();
     const server = new vmwire.ControlServer(new vmwire.ExecuteContext(vm));
     const [mine, theirs] = vmwire.socketPair('seqpacket');
     server.attach(mine);
     const client = vmwire.ControlClient.on(theirs);
     await client.exit();
     await server.exited;
     server.close();
     console.log(server.clients);`,
    '0\n',
  ],
  [
    'a client that is connected and has no call under way',
    `const vm = new vmwire.SimulatedVm();
     const server = new vmwire.ControlServer(new vmwire.ExecuteContext(vm));
     const [mine, theirs] = vmwire.socketPair('seqpacket');
     server.attach(mine);
     const client = vmwire.ControlClient.on(theirs);
     await client.exit();
     server.close();
     console.log(client.closed);`,
    'false\n',
  ],
];

for (const [what, code, output] of programs) {
  test(`ends: ${what}`, async () => {
    const ended = await runChild(code);
    assert.equal(ended, { status: 0, signal: null, stdout: output, stderr: '' });
  });
}

test('promises resolved by the loop run at once, although nothing else happens', async () => {
  // Without what Node 26 needs, each round would take until the timer.
  const ended = await runChild(`
    const timer = setTimeout(() => console.log('the timer came first'), 5_000);
    for (let round = 0; round < 50; round++) {
      const [left, right] = vmwire.socketPair();
      const both = right.recvAsync(new Uint8Array(1)).then(() => left.close()).then(() => right.close());
      await new Promise((resolve) => setImmediate(resolve));
      left.send(Buffer.from('x'));
      await both;
    }
    clearTimeout(timer);
    console.log('done');`);
  assert.equal(ended, { status: 0, signal: null, stdout: 'done\n', stderr: '' });
});

test('waits: somebody receives, and nothing comes', async () => {
  const { signal, stdout } = await runChild(
    `const [left, right] = vmwire.socketPair();
     globalThis.kept = left;
     console.log('waits');
     right.recvAsync(new Uint8Array(1)).then(() => console.log('came'));`,
    { timeoutMs: 1_500 },
  );
  assert.equal([signal, stdout], ['SIGKILL', 'waits\n']);
});

test('an error in a callback ends the process like any other', async () => {
  const { status, stderr } = await runChild(`
    const vm = new vmwire.SimulatedVm();
    const server = new vmwire.ControlServer(new vmwire.ExecuteContext(vm), {
      audit: () => { throw new Error('the audit'); },
      onFault: (error) => { throw error; },
    });
    const [mine, theirs] = vmwire.socketPair('seqpacket');
    server.attach(mine);
    vmwire.sendVmRequest(theirs, { type: 'exit' });`);
  assert.is(status, 1);
  assert.match(stderr, /the audit/);
});

test('worker threads wait on loops of their own, and leave nothing open', async () => {
  const { stdout, status } = await runChild(`
    import { readdirSync } from 'node:fs';
    import { Worker } from 'node:worker_threads';
    const index = ${JSON.stringify(new URL('../../runtime/index.js', import.meta.url).href)};
    const code = \`
      import { socketPair } from '\${index}';
      const [left, right] = socketPair();
      setTimeout(() => left.send(Buffer.from('x')), 5);
      await right.recvAsync(new Uint8Array(1));
      left.close();
      right.close();
    \`;
    const run = () => new Promise((resolve, reject) => {
      const worker = new Worker(new URL('data:text/javascript,' + encodeURIComponent(code)));
      worker.once('error', reject);
      worker.once('exit', resolve);
    });
    await run();
    const before = readdirSync('/proc/self/fd').length;
    for (let round = 0; round < 4; round++) await run();
    console.log(readdirSync('/proc/self/fd').length - before);`);
  assert.equal([status, stdout], [0, '0\n']);
});

test.run();
