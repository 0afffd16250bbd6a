/** A schema's text as a tree of YAML nodes that know where they stand. */
import {
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Node as YamlNode,
  type Pair,
  parseDocument,
  type Range,
} from 'yaml';
import type { Reporter } from './diagnostics.js';
import type { Location } from './protocol.js';

export type SourceNode = SourceScalar | SourceList | SourceMap;

export interface SourceScalar {
  readonly kind: 'scalar';
  /** Whole numbers are bigints, all others numbers; null stands for nothing at all. */
  readonly value: string | bigint | number | boolean | null;
  /** A string's value, and what was written for everything else (`0x10`). */
  readonly text: string;
  readonly location: Location;
}

export interface SourceList {
  readonly kind: 'list';
  readonly items: readonly SourceNode[];
  readonly location: Location;
}

export interface SourceMap {
  readonly kind: 'map';
  readonly entries: readonly SourceEntry[];
  readonly location: Location;
}

export interface SourceEntry {
  readonly key: SourceScalar;
  readonly value: SourceNode;
}

/** Deeper nesting means nothing to us; the limit keeps the stack safe. */
const maxDepth = 64;

/** The tree of a schema, or undefined after a mistake that leaves nothing to check. */
export function parseSource(text: string, file: string, report: Reporter): SourceMap | undefined {
  const lines = new LineCounter();
  const locate = (range: Range | null | undefined): Location => {
    const [start, end] = range ?? [0, 0];
    const { line, col } = lines.linePos(start);
    const firstLine = text.slice(start, end).split('\n', 1)[0] ?? '';
    return { file, line, column: col, length: Math.max(1, firstLine.trimEnd().length) };
  };
  const document = parseDocument(text, {
    lineCounter: lines,
    intAsBigInt: true,
    // Its own check takes quadratic time, so the tree's builder does it.
    uniqueKeys: false,
    prettyErrors: false,
    // Keep merge keys as they are written: they are refused below.
    merge: false,
  });
  for (const error of document.errors) {
    report.error('VW005', locate([...error.pos, error.pos[1]]), error.message);
  }
  if (document.errors.length > 0) return undefined;
  const root = new TreeBuilder(locate, report).node(document.contents, undefined, 0);
  if (root?.kind === 'map') return root;
  report.error(
    'VW008',
    root?.location ?? { file, line: 1, column: 1, length: 1 },
    root === undefined ? 'the schema is empty' : 'the schema is not a map of keys',
    'begin with `meta:` and its `id`',
  );
  return undefined;
}

class TreeBuilder {
  readonly #locate: (range: Range | null | undefined) => Location;
  readonly #report: Reporter;

  constructor(locate: (range: Range | null | undefined) => Location, report: Reporter) {
    this.#locate = locate;
    this.#report = report;
  }

  /** `at` is where a value that was left out is reported: at its key. */
  node(node: unknown, at: Location | undefined, depth: number): SourceNode | undefined {
    if (isNode(node) && depth > maxDepth) {
      this.#report.error('VW004', this.#locate(node.range), 'this is nested too deeply');
      return undefined;
    }
    if (isScalar(node)) return this.#scalar(node, at);
    if (isMap(node)) {
      const entries = node.items
        .map((pair) => this.#entry(pair, depth + 1))
        .filter((entry) => entry !== undefined);
      return {
        kind: 'map',
        entries,
        location: entries[0]?.key.location ?? this.#locate(node.range),
      };
    }
    if (isSeq(node)) {
      const items = node.items
        .map((item) => this.node(item, at, depth + 1))
        .filter((item) => item !== undefined);
      return { kind: 'list', items, location: this.#locate(node.range) };
    }
    return undefined;
  }

  #scalar(
    node: YamlNode & { value: unknown; source?: string },
    at: Location | undefined,
  ): SourceScalar {
    const location = at !== undefined && node.value === null ? at : this.#locate(node.range);
    const value = node.value;
    switch (typeof value) {
      case 'string':
        return { kind: 'scalar', value, text: value, location };
      case 'bigint':
      case 'number':
      case 'boolean':
        return { kind: 'scalar', value, text: node.source ?? String(value), location };
      default:
        return { kind: 'scalar', value: null, text: '', location };
    }
  }

  #entry(pair: Pair, depth: number): SourceEntry | undefined {
    const key = this.node(pair.key, undefined, depth);
    if (key?.kind !== 'scalar') return undefined;
    const value = this.node(pair.value, key.location, depth) ?? {
      kind: 'scalar',
      value: null,
      text: '',
      location: key.location,
    };
    return { key, value };
  }
}
