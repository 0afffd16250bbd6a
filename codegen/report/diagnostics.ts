/** What is wrong with a schema. */
import type { Code } from '../codes/index.js';
import type { Location } from '../model/protocol.js';

export interface Diagnostic {
  /** Stable: `vmwire-codegen explain` tells more about it. */
  readonly code: Code;
  /** A warning comes beside a protocol, an error instead of one. */
  readonly severity: 'error' | 'warning';
  /** What is wrong, on one line of printable text. */
  readonly message: string;
  /** What to do about it, on one line of printable text. */
  readonly hint: string | undefined;
  readonly file: string;
  /** Undefined if the file as a whole is meant. */
  readonly location: Location | undefined;
  readonly excerpt: Excerpt | undefined;
}

/** A piece of the line that is meant, as printable text; the caret goes under `column` (from 1). */
export interface Excerpt {
  readonly text: string;
  readonly column: number;
  readonly length: number;
}

/** So many errors, and as many warnings. */
const maxDiagnostics = 50;
const maxMessage = 300;
const maxExcerpt = 160;

/** Text that can't control a terminal: one printable character for each UTF-16 unit. */
function printable(text: string): string {
  return text.replace(/\t/g, ' ').replace(/[\p{Cc}\p{Cs}\p{Bidi_Control}\u2028\u2029]/gu, '\ufffd');
}

function clipped(text: string): string {
  const line = printable(text);
  return line.length > maxMessage ? `${line.slice(0, maxMessage)}…` : line;
}

function excerptOf(line: string, location: Location): Excerpt {
  const caret = location.column - 1;
  const start = caret < maxExcerpt / 2 ? 0 : caret - maxExcerpt / 4;
  const piece = line.slice(start, start + maxExcerpt);
  const column = caret - start + 1;
  const length = Math.max(1, Math.min(location.length, piece.length - column + 1));
  return { text: printable(piece), column, length };
}

/** Collects what is wrong with one file. */
export class Reporter {
  readonly #file: string;
  readonly #text: string;
  #lines: readonly string[] | undefined;
  readonly #found: Diagnostic[] = [];
  /** How many there are, those that are not shown included. */
  readonly #count = { error: 0, warning: 0 };

  constructor(file: string, text: string) {
    this.#file = file;
    this.#text = text;
  }

  error(code: Code, location: Location | undefined, message: string, hint?: string): void {
    this.#add('error', code, location, message, hint);
  }

  warning(code: Code, location: Location | undefined, message: string, hint?: string): void {
    this.#add('warning', code, location, message, hint);
  }

  get failed(): boolean {
    return this.#count.error > 0;
  }

  /** In the order of the file. */
  get diagnostics(): readonly Diagnostic[] {
    const found = this.#found.toSorted(
      (a, b) =>
        (a.location?.line ?? 0) - (b.location?.line ?? 0) ||
        (a.location?.column ?? 0) - (b.location?.column ?? 0),
    );
    return [
      ...found,
      ...this.#notShown('error', 'mistakes'),
      ...this.#notShown('warning', 'warnings'),
    ];
  }

  #notShown(severity: Diagnostic['severity'], what: string): readonly Diagnostic[] {
    const more = this.#count[severity] - maxDiagnostics;
    if (more <= 0) return [];
    const message = `too many ${what}: ${more} more are not shown`;
    const nowhere = { hint: undefined, location: undefined, excerpt: undefined };
    return [{ code: 'VW009', severity, message, file: this.#file, ...nowhere }];
  }

  #add(
    severity: Diagnostic['severity'],
    code: Code,
    location: Location | undefined,
    message: string,
    hint: string | undefined,
  ): void {
    this.#count[severity] += 1;
    if (this.#count[severity] > maxDiagnostics) return;
    this.#lines ??= this.#text.split(/\r\n|\n/);
    this.#found.push({
      code,
      severity,
      message: clipped(message),
      hint: hint === undefined ? undefined : clipped(hint),
      file: this.#file,
      location,
      excerpt: location && excerptOf(this.#lines[location.line - 1] ?? '', location),
    });
  }
}

/**
 * A diagnostic as people read it.
 *
 * @example
 * formatDiagnostic(diagnostic);
 * // schema/vm_control.ksy:34:13 VW042 `vm_request` has 24 bytes, not 23
 * //    34 |       size: 23
 * //       |             ^^
 * //       = hint: say `size: 24`, or look for the field that is missing
 */
export function formatDiagnostic(diagnostic: Diagnostic): string {
  const { code, severity, message, hint, location, excerpt } = diagnostic;
  const place = location ? `:${location.line}:${location.column}` : '';
  const warning = severity === 'warning' ? 'warning: ' : '';
  const lines = [`${printable(diagnostic.file)}${place} ${code} ${warning}${message}`];
  const number = location ? String(location.line).padStart(5) : '';
  const margin = ' '.repeat(number.length);
  if (excerpt) {
    lines.push(
      `${number} | ${excerpt.text.trimEnd()}`,
      `${margin} | ${' '.repeat(excerpt.column - 1)}${'^'.repeat(excerpt.length)}`,
    );
  }
  if (hint !== undefined) lines.push(`${margin}${excerpt ? ' = ' : '  '}hint: ${hint}`);
  return lines.join('\n');
}
