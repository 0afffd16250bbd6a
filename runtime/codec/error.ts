/** The error base of every generated codec. */
import type { Policy } from './policy.js';
import { quoted } from './quoted.js';

/** What went wrong, in the names that TypeScript uses. */
export type ProtocolErrorKind =
  'send' | 'recv' | 'invalidType' | 'badSize' | 'expectFd' | 'unexpectedFd';

/** What went wrong, in the names that golden vectors and peers in every language share. */
export type ProtocolErrorCode =
  'send' | 'recv' | 'invalid_type' | 'bad_size' | 'expect_fd' | 'unexpected_fd';

/** The shared name of each kind of error. */
export const protocolErrorCodes = {
  send: 'send',
  recv: 'recv',
  invalidType: 'invalid_type',
  badSize: 'bad_size',
  expectFd: 'expect_fd',
  unexpectedFd: 'unexpected_fd',
} as const satisfies Record<ProtocolErrorKind, ProtocolErrorCode>;

/** Details that only some errors have. */
export interface ProtocolErrorDetails {
  /** `badSize`: how many bytes the packet really had. */
  readonly size?: number | undefined;
  /** `invalidType`: the tag that was found, or the name of the variant that can't be sent. */
  readonly tag?: number | bigint | string | undefined;
  /** `send` and `recv`: the system's number for the failure. */
  readonly errno?: number | undefined;
  /** `send` and `recv`: the system's name for the failure, such as `EPIPE`. */
  readonly code?: string | undefined;
  readonly cause?: unknown;
}

/**
 * A message could not be sent, received or understood.
 *
 * Each protocol has a subclass of its own (`VmControlError`), so that `instanceof` tells which
 * protocol failed.
 *
 * @example
 * const [left, right] = socketPair();
 * left.send(new Uint8Array(7));
 * try {
 *   recvVmRequest(right);
 * } catch (error) {
 *   if (error instanceof ProtocolError) console.log(error.kind, error.size); // badSize 7
 * }
 */
export class ProtocolError extends Error {
  override readonly name: string = 'ProtocolError';
  /** What went wrong. */
  readonly kind: ProtocolErrorKind;
  /** The name of the message, as in the schema (`vm_request`). */
  readonly messageName: string;
  /** The system's name for the failure (`EPIPE`) for `send` and `recv`, else `ERR_` and the kind (`ERR_BAD_SIZE`). */
  readonly code: string;
  /** The system's number for the failure (`send` and `recv` only). */
  readonly errno: number | undefined;
  /** How many bytes the packet really had (`badSize` only). */
  readonly size: number | undefined;
  /** The tag that was found, or the variant that can't be sent (`invalidType` only). */
  readonly tag: number | bigint | string | undefined;

  constructor(
    kind: ProtocolErrorKind,
    messageName: string,
    text: string,
    details: ProtocolErrorDetails = {},
  ) {
    super(`${messageName}: ${text}`, details.cause === undefined ? {} : { cause: details.cause });
    this.kind = kind;
    this.messageName = messageName;
    this.code = details.code ?? `ERR_${protocolErrorCodes[kind].toUpperCase()}`;
    this.errno = details.errno;
    this.size = details.size;
    this.tag = details.tag;
  }

  /**
   * Refuses a packet of `size` bytes where the message has `expected`, unless the policy cuts long
   * ones.
   *
   * @throws ProtocolError `badSize`
   */
  static refuseSize(message: string, expected: number, size: number, policy: Policy): void {
    if (size > expected && policy === 'crosvm2018') return;
    throw new this('badSize', message, `${size} bytes instead of ${expected}`, { size });
  }

  /** A packet with a tag that no variant has. */
  static unknownTag(message: string, tag: number | bigint): ProtocolError {
    return new this('invalidType', message, `no variant has the tag ${tag}`, { tag });
  }

  /** A message to send whose variant has no tag. */
  static unsendable(message: string, { type }: { readonly type: string }): ProtocolError {
    const text = `${describe(type)} has no tag, so it can't be sent`;
    return new this('invalidType', message, text, { tag: type });
  }

  /** A message to send without a descriptor that its variant needs. */
  static missingDescriptor(message: string, variant: string, member: string): ProtocolError {
    return new this('expectFd', message, `${variant} needs the descriptor ${member}`);
  }

  /** A packet with fewer descriptors than its variant needs. */
  static tooFewDescriptors(
    message: string,
    variant: string,
    least: number,
    actual: number,
  ): ProtocolError {
    return new this('expectFd', message, `${variant} needs ${count(least)}, got ${actual}`);
  }

  /**
   * Refuses a packet with more descriptors than its variant takes, unless the policy leaves them to
   * the receiver.
   *
   * @throws ProtocolError `unexpectedFd`
   */
  static refuseSurplus(
    message: string,
    variant: string,
    most: number,
    actual: number,
    policy: Policy,
  ): void {
    if (policy === 'crosvm2018') return;
    throw new this('unexpectedFd', message, `${variant} takes ${count(most)}, got ${actual}`);
  }
}

function count(descriptors: number): string {
  if (descriptors === 0) return 'no descriptor';
  return descriptors === 1 ? '1 descriptor' : `${descriptors} descriptors`;
}

/**
 * A member of a message has a value that its place on the wire can't hold. Nothing was written.
 *
 * @example
 * const [left] = socketPair();
 * try {
 *   sendVmRequest(left, { type: 'unregisterMemory', slot: -1 });
 * } catch (error) {
 *   if (error instanceof FieldValueError) console.log(error.path, error.value);
 *   // vm_request.unregister_memory.slot -1
 * }
 */
export class FieldValueError extends RangeError {
  override readonly name = 'FieldValueError';
  readonly code = 'ERR_FIELD_VALUE';
  /** Message, variant and member, as in the schema: `vm_request.register_memory.size`. */
  readonly path: string;
  readonly value: unknown;

  constructor(path: string, expected: string, value: unknown) {
    super(`${path}: expected ${expected}, got ${describe(value)}`);
    this.path = path;
    this.value = value;
  }
}

function describe(value: unknown): string {
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'string') return quoted(value);
  if (typeof value === 'object' && value !== null)
    return Array.isArray(value) ? 'an array' : 'an object';
  if (typeof value === 'function') return 'a function';
  return String(value);
}
