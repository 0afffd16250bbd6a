/** Failures of the compiler that are not mistakes in a schema: files, folders, packages, arguments. */

/**
 * The compiler can't do what it was asked to, for a reason outside the schemas.
 *
 * @example
 * new CompilerFailure('OUT_IS_FILE', 'generated', 'generated is a file', 'name a folder with --out');
 */
export class CompilerFailure extends Error {
  override readonly name = 'CompilerFailure';
  /** Stable, for programs. */
  readonly code: FailureCode;
  /** The path or package that it is about. */
  readonly subject: string;
  /** What to do about it. */
  readonly cure: string | undefined;

  constructor(
    code: FailureCode,
    subject: string,
    message: string,
    cure?: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.code = code;
    this.subject = subject;
    this.cure = cure;
  }
}

export type FailureCode =
  | 'NO_SCHEMAS'
  | 'SAME_ID'
  | 'OUT_IS_FILE'
  | 'SYMLINK'
  | 'NOT_A_FILE'
  | 'OUTSIDE'
  | 'SAME_FILE'
  | 'WRITE'
  | 'READ'
  | 'UNKNOWN_CODE'
  | 'MISSING_PACKAGE';

/** The text of whatever was thrown. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The `code` of a system error or a failed import. */
export function errorCode(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
