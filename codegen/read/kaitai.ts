/** What Kaitai's own compiler refuses, shown at its place in the schema. */
import { Worker } from 'node:worker_threads';
import type { Reporter } from '../report/diagnostics.js';
import type { KaitaiAnswer, KaitaiRequest } from './kaitai-thread.js';
import type { Location } from '../model/protocol.js';
import type { SourceEntry, SourceMap, SourceNode } from './source.js';

type Outcome = KaitaiAnswer['outcome'];

/** Runs Kaitai's compiler over a schema as plain data. */
export type KaitaiCheck = (schema: unknown) => Promise<Outcome>;

interface Waiting {
  readonly resolve: (outcome: Outcome) => void;
  readonly reject: (reason: unknown) => void;
}

let thread: Worker | undefined;
let requests = 0;
const waiting = new Map<number, Waiting>();

/** In a thread of its own, which keeps the process alive only while somebody waits for it. */
const checkInThread: KaitaiCheck = (schema) => {
  const worker = (thread ??= startThread());
  const id = (requests += 1);
  return new Promise((resolve, reject) => {
    waiting.set(id, { resolve, reject });
    worker.ref();
    const request: KaitaiRequest = { id, schema };
    worker.postMessage(request);
  });
};

function startThread(): Worker {
  const worker = new Worker(new URL('./kaitai-thread.js', import.meta.url));
  worker.on('message', ({ id, outcome }: KaitaiAnswer) => {
    waiting.get(id)?.resolve(outcome);
    waiting.delete(id);
    if (waiting.size === 0) worker.unref();
  });
  worker.on('error', (error) => {
    thread = undefined;
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
  });
  return worker;
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
function reportRefusal(root: SourceMap, text: string, report: Reporter): void {
  const match = /^[^/]*: (\/[^\n]*):\n\terror: ([^]*)$/.exec(text);
  const location = locatePath(root, match?.[1] ?? '');
  const reason = (match?.[2] ?? text).replace(/\s+/g, ' ').trim();
  report.error('VW070', location, `Kaitai's compiler refuses this: ${reason}`);
}

/** Runs Kaitai's compiler over a schema that has passed our own checks. */
export async function checkWithKaitai(
  root: SourceMap,
  report: Reporter,
  check: KaitaiCheck = checkInThread,
): Promise<void> {
  const outcome = await check(plainValue(root));
  switch (outcome.kind) {
    case 'accepted':
      return;
    case 'refused':
      reportRefusal(root, outcome.reason, report);
      return;
    case 'missing': {
      const hint = 'to have them, run `npm install --save-dev kaitai-struct-compiler`';
      report.warning('VW071', undefined, "Kaitai's own checks were left out", hint);
    }
  }
}
