/**
 * Node's own way to pass a descriptor: `pass_descriptor.mjs round-trip|one-way`.
 * A net.Server goes to a child process with process.send; the child closes what arrived.
 */
import { fork } from 'node:child_process';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';

const mode = process.argv[2];

if (mode === 'child') {
  process.on('message', ({ answer }, server) => {
    server.close();
    if (answer) process.send('done');
  });
} else {
  const server = createServer().listen({ path: `\0vmwire-bench-${process.pid}` });
  await new Promise((resolve) => server.once('listening', resolve));
  const child = fork(process.argv[1], ['child']);
  const answered = () => new Promise((resolve) => child.once('message', resolve));
  const pass = (answer) =>
    new Promise((resolve) => child.send({ answer }, server, { keepOpen: true }, resolve));
  console.log('ready');
  for await (const line of createInterface({ input: process.stdin })) {
    const count = Number(line);
    const start = process.hrtime.bigint();
    for (let i = 0; i < count; i++) {
      const last = mode === 'round-trip' || i === count - 1;
      const answer = last ? answered() : undefined;
      const passed = pass(last);
      // At most 64 on the way, or the queue inside Node grows without bounds.
      if (last || i % 64 === 63) await passed;
      await answer;
    }
    console.log(Number(process.hrtime.bigint() - start) / count);
  }
  process.exit(0);
}
