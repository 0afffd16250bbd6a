/**
 * How long the others wait while one client floods.
 *
 * Where there are fewer CPUs than busy processes, such times are the scheduler's. So the one that floods has a
 * CPU of its own, and the one that measures goes first on the server's: what is left is the server's doing.
 * The first requests of each kind are not counted: V8 compiles on the same CPU meanwhile.
 */
import { type ForkOptions, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { kill, startClient } from './remote-client.js';
import type { RemoteServer } from './remote-server.js';

/** Milliseconds of single requests, without and beside a flood. */
export interface Latencies {
  readonly quiet: number[];
  readonly flood: number[];
}

/** The first and the last CPU that this process may use. */
function cpus(): [string, string] {
  const list = /^Cpus_allowed_list:\s*(.*)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
  const [first = '0', ...others] = list?.match(/\d+/g) ?? [];
  return [first, others.at(-1) ?? first];
}

/** Starts a program by way of others, which set what it runs on and then become it. */
const by = (...command: string[]): ForkOptions => ({
  execPath: command[0],
  execArgv: [...command.slice(1), process.execPath],
});

/** Why such times can't be had here, or undefined. */
export function whyNotPlaced(): string | undefined {
  const [first, last] = cpus();
  if (first === last) return 'it takes two CPUs';
  const { error, stderr } = spawnSync('taskset', ['-c', first, 'chrt', '-r', '1', 'true'], {
    encoding: 'utf8',
  });
  return error?.message ?? (stderr.trim() || undefined);
}

/** Requests until V8 has compiled what they need. */
const warmUp = 5_000;

/** Measures `count` requests without, and as many beside a client that floods. */
export async function floodLatency(server: RemoteServer, count: number): Promise<Latencies> {
  const [first, last] = cpus();
  spawnSync('taskset', ['-a', '-c', '-p', first, `${server.pid}`]);
  const polite = await startClient(server, 'polite', by('taskset', '-c', first, 'chrt', '-r', '1'));
  const measure = async (): Promise<number[]> => {
    polite.send(warmUp + count);
    // The other end of this channel is `polite` in client-process.ts.
    const [taken] = (await once(polite, 'message')) as [number[]];
    return taken.slice(warmUp);
  };
  const quiet = await measure();
  const flood = await startClient(server, 'flood', by('taskset', '-c', last));
  try {
    return { quiet, flood: await measure() };
  } finally {
    await Promise.all([kill(flood), kill(polite)]);
  }
}
