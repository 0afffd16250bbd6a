/** How long it takes to load the package, and a small command from start to exit, on each Node. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { program, root, subjectFile, wholeProcess } from '../contender.js';
import type { Measurement, Prepared } from '../measurement.js';
import { atMost } from '../target.js';

/** This Node, those that `npm run test:nodes` has installed, and those that were asked for. */
function allNodes(more: readonly string[]): readonly { readonly path: string; version: string }[] {
  const cache = join(root, 'node_modules/.cache/node-versions');
  const cached = (existsSync(cache) ? readdirSync(cache) : [])
    .map((version) => join(cache, version, 'node_modules/node/bin/node'))
    .filter((path) => existsSync(path));
  const found = new Map<string, string>();
  for (const path of [process.execPath, ...cached, ...more]) {
    const version = execFileSync(path, ['-p', 'process.versions.node'], {
      encoding: 'utf8',
    }).trim();
    if (!found.has(version)) found.set(version, path);
  }
  return [...found].map(([version, path]) => ({ version, path }));
}

function loading(node: string): Prepared {
  const contenders = [
    wholeProcess('vmwire', [node, subjectFile('import-vmwire')]),
    wholeProcess('koffi', [node, subjectFile('import-koffi')]),
  ];
  return { contenders, missing: [] };
}

const commandLine = join(root, 'dist/runtime/cli/main.js');

/** The server stays, whatever it is told: one that ended would have to be started for each command. */
async function stopping(node: string): Promise<Prepared> {
  const socket = `vmwire-bench-stop-${process.pid}`;
  const server = await program('server', [process.execPath, subjectFile('stop-server'), socket]);
  const stop = wholeProcess('vmwire stop', [node, commandLine, 'stop', `@${socket}`]);
  const contenders = [
    { ...stop, close: () => server.close() },
    wholeProcess('node -e 0', [node, '-e', '0']),
  ];
  return { contenders, missing: [] };
}

export function startup(moreNodes: readonly string[]): readonly Measurement[] {
  return allNodes(moreNodes).flatMap(({ path, version }) => [
    {
      name: `startup-import-${version}`,
      title: `import 'vmwire' in a process of its own, Node ${version}`,
      count: 3,
      targets: [atMost(1.3, 'koffi')],
      prepare: () => Promise.resolve(loading(path)),
    },
    {
      name: `startup-stop-${version}`,
      title: `vmwire stop from start to exit, Node ${version}`,
      count: 3,
      targets: [atMost(1.5, 'node -e 0')],
      prepare: () => stopping(path),
    },
  ]);
}
