/** Starts a client in another process, and kills it. */
import { type ChildProcess, type ForkOptions, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { RemoteServer } from './remote-server.js';

const program = fileURLToPath(new URL('client-process.js', import.meta.url));

/** A client that has come to a stage. In a group of its own: an interrupt from the terminal is for this process alone. */
export async function startClient(
  server: RemoteServer,
  stage: string,
  options: ForkOptions = {},
): Promise<ChildProcess> {
  const child = fork(program, [server.path, stage], { ...options, detached: true });
  await once(child, 'message');
  return child;
}

export async function kill(child: ChildProcess): Promise<void> {
  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  await exit;
}
