/** A schema's text as a tree of YAML nodes that know where they stand. */
import {
  Composer,
  type CST,
  type Document,
  type ErrorCode,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  Lexer,
  LineCounter,
  type Pair,
  type ParsedNode,
  Parser,
  type Scalar,
} from 'yaml';
import type { Reporter } from '../report/diagnostics.js';
import type { Location } from '../model/protocol.js';

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

/** No schema nests deeper; the limit keeps the stack safe. */
const maxDepth = 64;

/** What YAML 1.1, which other Kaitai tools read, takes for a boolean or another number than 1.2. */
const ambiguous =
  /^(?:yes|no|on|off|[-+]?(?:0[0-9_]+|0b[01_]+|0o[0-7_]+|[0-9][0-9_]*_[0-9_]*|[0-9]+(?::[0-5]?[0-9])+))$/i;

/** What most often is behind an error of the YAML package. */
const syntaxHints: Readonly<Partial<Record<ErrorCode, string>>> = {
  BLOCK_AS_IMPLICIT_KEY: 'a text that holds a colon and a space needs quotes',
  MISSING_CHAR: 'look above for a quote or bracket that is not closed',
  BAD_INDENT: 'look above for a bracket that is not closed',
  TAB_AS_INDENT: 'indent with spaces',
  MULTILINE_IMPLICIT_KEY: 'is a colon missing after a key?',
};

/** The tree of a schema, or undefined after a mistake that leaves nothing to check. */
export function parseSource(text: string, file: string, report: Reporter): SourceMap | undefined {
  const lines = new LineCounter();
  const locate = (start: number, end: number): Location => {
    const { line, col } = lines.linePos(start);
    const [shown = ''] = text.slice(start, Math.min(end, start + 200)).split(/[\r\n]/, 1);
    return { file, line, column: Math.max(1, col), length: Math.max(1, shown.trimEnd().length) };
  };
  const tokens = tokenize(text, lines);
  if (tokens.tooDeepAt !== undefined) {
    report.error(
      'VW004',
      locate(tokens.tooDeepAt, tokens.tooDeepAt + 1),
      `nested more than ${maxDepth} levels deep`,
      'a schema needs about eight',
    );
    return undefined;
  }
  const [document, second] = new Composer({
    intAsBigInt: true,
    // Its own check takes quadratic time; the tree's builder finds them.
    uniqueKeys: false,
  }).compose(tokens.tokens, true, text.length);
  if (document === undefined) return undefined;
  let line = 0;
  for (const { code, message, pos } of document.errors) {
    const location = locate(...pos);
    // What follows on the same line follows from the first.
    if (location.line !== line) {
      report.error('VW005', location, `not YAML: ${message}`, syntaxHints[code]);
    }
    line = location.line;
  }
  if (document.errors.length > 0) return undefined;
  if (second !== undefined) {
    report.error(
      'VW008',
      locate(second.range[0], second.range[1]),
      'a second document begins here',
      'a file holds one schema; remove the line `---`',
    );
    return undefined;
  }
  refuseDirectives(document, text, file, report);
  const builder = new TreeBuilder(locate, report);
  const root = builder.read(document.contents, locate(0, 1));
  if (root === undefined || builder.incomplete) return undefined;
  if (root.kind === 'map') return root;
  report.error(
    'VW008',
    root.location,
    root.kind === 'scalar' && root.value === null
      ? 'the schema is empty'
      : 'the schema must be a map of keys',
    'begin with `meta:` and, below it, `id: name_of_the_protocol`',
  );
  return undefined;
}

/**
 * The YAML package composes by recursion, and a stack that is nearly full can end the process
 * (V8 can't compile a regular expression then), so the depth is known before anything is composed.
 */
function tokenize(
  text: string,
  lines: LineCounter,
): { readonly tokens: readonly CST.Token[]; readonly tooDeepAt: number | undefined } {
  const parser = new Parser(lines.addNewLine);
  lines.addNewLine(0);
  const tokens: CST.Token[] = [];
  for (const lexeme of new Lexer().lex(text)) {
    tokens.push(...parser.next(lexeme));
    if (parser.stack.length > maxDepth) return { tokens, tooDeepAt: parser.offset };
  }
  tokens.push(...parser.end());
  return { tokens, tooDeepAt: undefined };
}

function refuseDirectives(
  { directives }: Document.Parsed,
  text: string,
  file: string,
  report: Reporter,
): void {
  const custom = Object.keys(directives?.tags ?? {}).length > 1;
  if (directives?.yaml.explicit !== true && !custom) return;
  const before = text.slice(0, text.search(/^%/m)).split('\n').length;
  report.error(
    'VW007',
    { file, line: before, column: 1, length: 1 },
    'directives are not supported',
    'a schema is YAML 1.2 without any; remove the line',
  );
}

class TreeBuilder {
  /** Whether something was left out, so that it would be missed where it belongs. */
  incomplete = false;
  readonly #locate: (start: number, end: number) => Location;
  readonly #report: Reporter;

  constructor(locate: (start: number, end: number) => Location, report: Reporter) {
    this.#locate = locate;
    this.#report = report;
  }

  /** `at` is where a value that was left out is said to stand: at its key. */
  read(node: ParsedNode | null, at: Location): SourceNode | undefined {
    if (node === null) return { kind: 'scalar', value: null, text: '', location: at };
    const location = this.#locate(node.range[0], node.range[1]);
    if (isAlias(node)) return this.#refuseReuse(location, 'aliases (`*name`)');
    if (node.anchor !== undefined) return this.#refuseReuse(location, 'anchors (`&name`)');
    if (node.tag !== undefined) return this.#refuseReuse(location, 'tags (`!name`)');
    if (isScalar(node)) return this.#scalar(node, node.value === null ? at : location);
    if (isMap(node)) {
      const entries = this.#entries(node.items);
      return { kind: 'map', entries, location: entries[0]?.key.location ?? location };
    }
    if (!isSeq(node)) return undefined;
    const items = node.items
      .map((item) => this.read(item, at))
      .filter((item) => item !== undefined);
    return { kind: 'list', items, location };
  }

  #refuseReuse(location: Location, what: string): undefined {
    this.incomplete = true;
    this.#report.error(
      'VW007',
      location,
      `${what} are not supported`,
      'write the value where it is meant',
    );
  }

  #scalar(node: Scalar, location: Location): SourceScalar {
    const { value } = node;
    const written = node.source ?? '';
    if (node.type === 'PLAIN' && ambiguous.test(written)) {
      this.#report.error(
        'VW016',
        location,
        `\`${written}\` means one thing in YAML 1.1 and another in YAML 1.2`,
        'write a number as 16 or 0x10, and put text into quotes',
      );
    }
    switch (typeof value) {
      case 'string':
        return { kind: 'scalar', value, text: value, location };
      case 'bigint':
      case 'number':
      case 'boolean':
        return { kind: 'scalar', value, text: written, location };
      default:
        return { kind: 'scalar', value: null, text: written, location };
    }
  }

  #entries(pairs: readonly Pair<ParsedNode, ParsedNode | null>[]): readonly SourceEntry[] {
    const entries = new Map<string, SourceEntry>();
    for (const pair of pairs) {
      const start = this.#locate(pair.key.range[0], pair.key.range[1]);
      const key = this.read(pair.key, start);
      if (key === undefined) continue;
      if (key.kind !== 'scalar') {
        this.#report.error('VW005', key.location, 'a key must be a name or a number');
        continue;
      }
      const value = this.read(pair.value, key.location);
      if (key.text === '<<') {
        this.#refuseReuse(key.location, 'merge keys (`<<`)');
        continue;
      }
      const first = entries.get(key.text);
      if (first === undefined) {
        if (value !== undefined) entries.set(key.text, { key, value });
        continue;
      }
      this.#report.error(
        'VW006',
        key.location,
        `the key \`${key.text}\` stands here twice`,
        `it was first given in line ${first.key.location.line}; keep one of the two`,
      );
    }
    return [...entries.values()];
  }
}
