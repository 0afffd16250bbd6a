/** What Kaitai's own compiler refuses, shown at its place in the schema. */
import { createRequire } from 'node:module';
import type { Reporter } from './diagnostics.js';
import type { Location } from './protocol.js';
import type { SourceEntry, SourceMap, SourceNode } from './source.js';

/** What we use of kaitai-struct-compiler 0.11, which brings no types of its own. */
export interface KaitaiCompiler {
  compile(
    language: string,
    schema: unknown,
    importer: null,
    debug: boolean,
  ): Promise<Readonly<Record<string, string>>>;
}

/** A target that is small and quick: the checks are the same for all of them. */
const target = 'python';

function isCompiler(value: unknown): value is KaitaiCompiler {
  return (
    typeof value === 'object' &&
    value !== null &&
    'compile' in value &&
    typeof value.compile === 'function'
  );
}

/** Loads Kaitai's compiler; undefined if it's not installed: it's under the GPL, so it doesn't come with us. */
export function loadKaitai(): KaitaiCompiler | undefined {
  try {
    const compiler: unknown = createRequire(import.meta.url)('kaitai-struct-compiler');
    return isCompiler(compiler) ? compiler : undefined;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'MODULE_NOT_FOUND') return undefined;
    throw error;
  }
}

/** Enum numbers in decimal, as JavaScript's keys are; other keys as they are written. */
function keyText({ key }: SourceEntry): string {
  return typeof key.value === 'bigint' ? key.value.toString() : key.text;
}

/** The plain value that Kaitai's compiler wants, without the keys that it ignores anyway. */
function plainValue(node: SourceNode): unknown {
  switch (node.kind) {
    case 'scalar':
      return typeof node.value === 'bigint' ? Number(node.value) : node.value;
    case 'list':
      return node.items.map(plainValue);
    case 'map':
      return Object.fromEntries(
        node.entries
          .filter(({ key }) => typeof key.value !== 'string' || !key.text.startsWith('-'))
          .map((entry) => [keyText(entry), plainValue(entry.value)]),
      );
  }
}

/** Where a path such as `/types/vm_request/seq/0/type` leads, as far as it leads anywhere. */
function locatePath(root: SourceMap, path: string): Location {
  let node: SourceNode = root;
  let { location } = root;
  for (const step of path.split('/').slice(1)) {
    if (node.kind === 'map') {
      const entry: SourceEntry | undefined = node.entries.find((own) => keyText(own) === step);
      if (entry === undefined) break;
      node = entry.value;
      location = node.kind === 'scalar' ? node.location : entry.key.location;
    } else if (node.kind === 'list') {
      const item: SourceNode | undefined = node.items[Number(step)];
      if (item === undefined) break;
      node = item;
      location = item.location;
    } else {
      break;
    }
  }
  return location;
}

/** Kaitai says `name: /path:\n\terror: text`, and only the first mistake. */
function reportRefusal(root: SourceMap, error: unknown, report: Reporter): void {
  const text = error instanceof Error ? error.message : String(error);
  const match = /^[^/]*: (\/[^\n]*):\n\terror: ([^]*)$/.exec(text);
  const location = locatePath(root, match?.[1] ?? '');
  const reason = (match?.[2] ?? text).replace(/\s+/g, ' ').trim();
  report.error('VW070', location, `Kaitai's compiler refuses this: ${reason}`);
}

/** Runs Kaitai's compiler over a schema that has passed our own checks. */
export async function checkWithKaitai(
  root: SourceMap,
  report: Reporter,
  load: typeof loadKaitai = loadKaitai,
): Promise<void> {
  const compiler = load();
  if (compiler === undefined) {
    const hint = 'to have them, run `npm install --save-dev kaitai-struct-compiler`';
    report.warning('VW071', undefined, "Kaitai's own checks were left out", hint);
    return;
  }
  try {
    await compiler.compile(target, plainValue(root), null, false);
  } catch (error) {
    reportRefusal(root, error, report);
  }
}
