/** With VMWIRE_DEBUG set, what was never closed is told at exit, with the place where it was opened. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { runChild } from '../child.js';

const test = suite('the report of leaks');

const leaking = `
  function opensAndForgets() {
    return vmwire.socketPair();
  }
  const [left] = opensAndForgets();
  left.close();
  vmwire.EventFd.create().close();
`;

test('names each descriptor that is still open, and who opened it', async () => {
  const { stderr, status } = await runChild(leaking, { env: { VMWIRE_DEBUG: '1' } });
  assert.is(status, 0);
  const lines = stderr.trim().split('\n');
  assert.is(lines.length, 1, stderr);
  assert.match(
    lines[0] ?? '',
    /^vmwire: descriptor \d+ \(end of a datagram pair\) was never closed; opened .*opensAndForgets/,
  );
});

test('is silent where all is closed, and what was taken is somebody else’s', async () => {
  const code = `
    const [left, right] = vmwire.socketPair();
    left.send(Buffer.from('x'), [left]);
    right.recv(new Uint8Array(1), { maxFds: 1 }).fds[0].take();
    left.close();
    right.close();`;
  const { stderr, status } = await runChild(code, { env: { VMWIRE_DEBUG: '1' } });
  assert.equal({ stderr, status }, { stderr: '', status: 0 });
});

test('is silent unless it was asked for', async () => {
  const { stderr, status } = await runChild(leaking, { env: { VMWIRE_DEBUG: '' } });
  assert.equal({ stderr, status }, { stderr: '', status: 0 });
});

test.run();
