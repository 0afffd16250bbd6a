/** Failures of the system, as typed errors. */
import { type ErrnoName, errno, errnoName } from '../native/errno.js';
import { shareKind } from './kind.js';

/**
 * A system call failed.
 *
 * @example
 * try {
 *   FdSocket.connect('/no/such/socket');
 * } catch (error) {
 *   if (error instanceof SystemError) console.log(error.code, error.errno, error.message);
 *   // ENOENT 2 connect /no/such/socket: ENOENT
 * }
 */
export class SystemError extends Error {
  static {
    shareKind(this, 'SystemError');
  }

  override readonly name: string = 'SystemError';
  /** The number that the kernel gave, positive. */
  readonly errno: number;
  /** Its name: `EINVAL`. */
  readonly code: string;
  /** The call, or what was being done: `connect`, `KVM_RUN`. */
  readonly operation: string;
  /** What it was done to: a path, `fd 5`, `slot 2`. */
  readonly subject: string | undefined;

  constructor(number: number, operation: string, subject?: string, options?: ErrorOptions) {
    const code = errnoName(number);
    super(`${operation}${subject === undefined ? '' : ` ${subject}`}: ${code}`, options);
    this.errno = number;
    this.code = code;
    this.operation = operation;
    this.subject = subject;
  }
}

/** A system error by the errno's name, for refusals that we give ourselves. */
export function systemError(code: ErrnoName, operation: string, subject?: string): SystemError {
  return new SystemError(errno[code], operation, subject);
}
