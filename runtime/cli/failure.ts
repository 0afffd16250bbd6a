/** What a command line tells of an error: the exit status, the reason, and what to do about it. */
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { status } from './status.js';

/** The command line was wrong. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  readonly code = 'ERR_USAGE';
  readonly cure: string | undefined;

  constructor(message: string, cure?: string) {
    super(message);
    this.cure = cure;
  }
}

/** An error with a cure of its own. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly status: number;
  readonly code: string;
  readonly errno: number | undefined;
  readonly cure: string | undefined;

  constructor(exitStatus: number, cause: unknown, message: string, cure?: string) {
    super(message, { cause });
    this.status = exitStatus;
    this.code = textOf(cause, 'code') ?? 'ERR_FAILED';
    this.errno = numberOf(cause, 'errno');
    this.cure = cure;
  }
}

/** What is printed. */
export interface Failure {
  readonly status: number;
  readonly code: string;
  readonly errno: number | undefined;
  readonly message: string;
  readonly cure: string | undefined;
}

function textOf(value: unknown, key: string): string | undefined {
  const found: unknown = value instanceof Error ? Reflect.get(value, key) : undefined;
  return typeof found === 'string' ? found : undefined;
}

function numberOf(value: unknown, key: string): number | undefined {
  const found: unknown = value instanceof Error ? Reflect.get(value, key) : undefined;
  return typeof found === 'number' ? found : undefined;
}

/**
 * The failure that an error stands for, or undefined if it is none that users should meet.
 *
 * By name, not by class: a command that fails early has not loaded those classes.
 */
export function failureOf(error: unknown): Failure | undefined {
  if (!(error instanceof Error)) return undefined;
  const { name, message } = error;
  const code = textOf(error, 'code') ?? name;
  const errno = numberOf(error, 'errno');
  const cure = textOf(error, 'cure');
  switch (name) {
    case 'UsageError':
    case 'FieldValueError':
      return { status: status.usage, code, errno, message, cure };
    case 'VmRefusedError': {
      // Its message holds the cure too: here it gets a line of its own.
      const short = cure === undefined ? message : message.replace(` (${cure})`, '');
      return { status: status.refused, code, errno, message: short, cure };
    }
    case 'CommandError':
      return { status: numberOf(error, 'status') ?? status.refused, code, errno, message, cure };
    case 'VmControlError':
      return { status: status.unreachable, code, errno, message, cure: conversationCure(code) };
    case 'SystemError':
    case 'VcpuError':
    case 'NativeLibraryError':
      return { status: status.refused, code, errno, message, cure };
    default:
      return undefined;
  }
}

/** Why a conversation with a VM may have ended so. */
function conversationCure(code: string): string | undefined {
  switch (code) {
    case 'ETIMEDOUT':
      return 'the VM is busy (see --timeout), or one of 2018, which answers nobody on a path (see --no-reply)';
    case 'EPIPE':
    case 'ECONNRESET':
    case 'ECONNREFUSED':
      return 'the VM has ended, or closed the connection';
    default:
      return code.startsWith('ERR_') ? 'what answers there speaks another protocol' : undefined;
  }
}

/** Why a socket can't be connected to. */
export function connectFailure(error: unknown, address: string): unknown {
  const code = textOf(error, 'code');
  const fail = (message: string, cure: string): CommandError =>
    new CommandError(status.unreachable, error, message, cure);
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
    case 'ELOOP':
      return fail(`no socket at ${address}`, 'is the VM running? vmwire run PATH starts one');
    case 'ECONNREFUSED':
      return fail(`nobody serves ${address}`, 'the VM has ended, or this is no socket');
    case 'EACCES':
    case 'EPERM':
      return fail(
        `no permission to connect to ${address}`,
        'become the user that the VM runs as, or root',
      );
    case 'EPROTOTYPE':
      return fail(
        `${address} is a stream socket`,
        'VM control sockets are seqpacket or datagram sockets',
      );
    case 'ETIMEDOUT':
      return fail(
        `${address} takes no connection in time`,
        'the VM is busy or stopped; see --timeout',
      );
    case 'EINVAL':
    case 'ENAMETOOLONG':
      return new UsageError(error instanceof Error ? error.message : address);
    default:
      return error instanceof Error && error.name === 'SystemError'
        ? new CommandError(status.unreachable, error, error.message)
        : error;
  }
}

/** Why a socket can't be served. */
export function listenFailure(error: unknown, address: string): unknown {
  if (!(error instanceof Error) || error.name !== 'SystemError') return error;
  const fail = (message: string, cure: string): CommandError =>
    new CommandError(status.unreachable, error, message, cure);
  switch (textOf(error, 'code')) {
    case 'EADDRINUSE':
      return fail(
        error.message,
        'choose another path, or end what is there: vmwire stop ends a VM',
      );
    case 'ENOENT':
      // Such as in /proc, where there is a folder and nobody can make files.
      return existsSync(dirname(address))
        ? fail(`no socket can be made in ${dirname(address)}`, 'choose another folder')
        : fail(`no folder for ${address}`, 'make it first');
    case 'ENOTDIR':
      return fail(`${dirname(address)} is no folder`, 'choose another path');
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return fail(`no permission to make a socket in ${dirname(address)}`, 'choose another folder');
    default:
      return new CommandError(
        status.unreachable,
        error,
        `can't serve ${address}: ${error.message}`,
      );
  }
}
