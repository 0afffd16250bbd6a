/** What is wrong with a schema, and how it's shown. */
import type { Code } from './codes/index.js';
import type { Location } from './protocol.js';

export interface Diagnostic {
  /** Stable: `vmwire-codegen explain` tells more about it. */
  readonly code: Code;
  /** A warning comes beside a protocol, an error instead of one. */
  readonly severity: 'error' | 'warning';
  /** What is wrong, on one line. */
  readonly message: string;
  /** What to do about it, on one line. */
  readonly hint: string | undefined;
  readonly file: string;
  /** Undefined if the file as a whole is meant. */
  readonly location: Location | undefined;
  /** The line that `location` names, without its line break. */
  readonly sourceLine: string;
}

/** Collects what is wrong with one file. */
export class Reporter {
  readonly #file: string;
  readonly #lines: readonly string[];
  readonly #found: Diagnostic[] = [];

  constructor(file: string, text: string) {
    this.#file = file;
    this.#lines = text.split(/\r\n|\n|\r/);
  }

  error(code: Code, location: Location | undefined, message: string, hint?: string): void {
    this.#add('error', code, location, message, hint);
  }

  warning(code: Code, location: Location | undefined, message: string, hint?: string): void {
    this.#add('warning', code, location, message, hint);
  }

  get failed(): boolean {
    return this.#found.some((diagnostic) => diagnostic.severity === 'error');
  }

  /** In the order of the file. */
  get diagnostics(): readonly Diagnostic[] {
    return this.#found.toSorted(
      (a, b) =>
        (a.location?.line ?? 0) - (b.location?.line ?? 0) ||
        (a.location?.column ?? 0) - (b.location?.column ?? 0),
    );
  }

  #add(
    severity: Diagnostic['severity'],
    code: Code,
    location: Location | undefined,
    message: string,
    hint: string | undefined,
  ): void {
    this.#found.push({
      code,
      severity,
      message,
      hint,
      file: this.#file,
      location,
      sourceLine: location === undefined ? '' : (this.#lines[location.line - 1] ?? ''),
    });
  }
}
