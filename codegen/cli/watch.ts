/** `vmwire-codegen generate --watch`: generates again whenever a schema changes, until Ctrl-C. */
import { EventEmitter, once } from 'node:events';
import { existsSync, type FSWatcher, watch } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { CompilerFailure, reasonOf } from '../report/failure.js';
import { missingPackage } from '../report/packages.js';
import { historyFolder } from '../project/revisions.js';
import { defaultSchemas } from '../project/schemas.js';
import type { ExitCode } from './exit-code.js';
import { generateCommand, type GenerateCommandOptions } from './generate.js';
import { printFailure } from './print.js';

/** Editors replace a file in several steps: what follows within this time belongs to one change. */
const settleMs = 50;

/**
 * Neither a schema with mistakes nor an output folder that can't be written ends it.
 *
 * @returns once SIGINT or SIGTERM arrives: what has begun is finished first
 */
export async function watchCommand(
  schemas: readonly string[],
  options: GenerateCommandOptions,
): Promise<ExitCode> {
  const events = new EventEmitter();
  let changed = true;
  const stopping = new AbortController();
  const named = schemas.length > 0 ? schemas : defaultSchemas();
  const folders = new Set(named.map((schema) => dirname(schema)));
  const watchers = new Map<string, FSWatcher>();
  /** `path` is empty if it isn't known. */
  const onChange = (path: string): void => {
    // A folder of revisions was made or removed: the next one of that name is another.
    watchers.get(path)?.close();
    watchers.delete(path);
    changed = true;
    events.emit('wake');
  };
  for (const folder of folders) watchers.set(folder, watchFolder(folder, onChange));
  watchThoseMade(folders, watchers, onChange);
  const stop = (): void => {
    stopping.abort();
    events.emit('wake');
  };
  process.once('SIGINT', stop).once('SIGTERM', stop);
  process.stderr.write(`watching ${[...watchers.keys()].join(', ')}; Ctrl-C ends it\n`);
  while (!stopping.signal.aborted) {
    if (changed) {
      changed = false;
      watchThoseMade(folders, watchers, onChange);
      await generateOnce(schemas, options);
    } else {
      await once(events, 'wake');
      await setTimeout(settleMs);
    }
  }
  for (const watcher of watchers.values()) watcher.close();
  process.off('SIGINT', stop).off('SIGTERM', stop);
  return 0;
}

/** Watches the folders of the schemas and of their revisions that are there and not watched yet. */
function watchThoseMade(
  folders: ReadonlySet<string>,
  watchers: Map<string, FSWatcher>,
  onChange: (path: string) => void,
): void {
  const history = [...folders].map((folder) => join(folder, historyFolder));
  for (const folder of [...folders, ...history])
    if (!watchers.has(folder) && existsSync(folder))
      watchers.set(folder, watchFolder(folder, onChange));
}

function watchFolder(folder: string, onChange: (path: string) => void): FSWatcher {
  try {
    const watcher = watch(folder, (_event, name) => {
      if (name === null || name === historyFolder || name.endsWith('.ksy'))
        onChange(name === null ? '' : join(folder, name));
    });
    // A folder that vanishes: what is read next says so.
    return watcher.on('error', () => onChange(''));
  } catch (error) {
    throw new CompilerFailure('READ', folder, `can't watch ${folder}: ${reasonOf(error)}`);
  }
}

async function generateOnce(
  schemas: readonly string[],
  options: GenerateCommandOptions,
): Promise<void> {
  try {
    await generateCommand(schemas, options);
  } catch (error) {
    const failure = error instanceof CompilerFailure ? error : missingPackage(error);
    if (failure === undefined) throw error;
    printFailure(failure, options.json === true);
  }
}
