/** What a VM's refusal means, and what to do about it. */
import { type ErrnoName, errnoName } from '../../native/errno.js';

/** Why the VM may have given this errno, for any request. */
const anyRequest: Partial<Record<ErrnoName, string>> = {
  EMFILE: 'the VM has no free file descriptor; raise its limit (ulimit -n) or close something',
  ENOMEM: 'the VM is out of memory or mappings',
  EPERM: 'the VM does not serve this user, or the memory is sealed against writing',
  EPROTO: 'the VM did not understand the request; it may speak another revision of the protocol',
};

/** Why the VM may have given this errno to one kind of request. */
const byRequest: Readonly<Record<string, Partial<Record<ErrnoName, string>>>> = {
  registerMemory: {
    EACCES: 'the descriptor is not open for reading and writing',
    EEXIST: 'other device memory lies at the address; that is a fault of the VM',
    EINVAL:
      'the size must be whole pages of 4096 bytes, and the memory a memfd of at least that size',
    ENODEV: 'the descriptor can not be mapped; give it a memfd',
    ENOSPC: 'the limit of device memory is reached; unregister some',
    EPERM:
      'the VM does not serve this user, or F_SEAL_FUTURE_WRITE or F_SEAL_WRITE seal the memory against writing',
  },
  unregisterMemory: {
    ENOENT: 'no memory is registered in this slot; registering answers with the slot',
  },
  balloonAdjust: {
    EAGAIN: 'the balloon has not read the last adjustments; try again',
    ECONNREFUSED: 'the balloon of the VM is gone',
    ENODEV: 'the VM has no balloon',
    ENOTCONN: 'the balloon of the VM is gone',
    EPIPE: 'the balloon of the VM is gone',
  },
};

/** An explanation of a refusal, or undefined where the name of the errno says it all. */
export function refusalCure(requestType: string, errno: number): string | undefined {
  // Not every number has a name, and not every name an explanation: both look up nothing.
  const name = errnoName(errno) as ErrnoName;
  return byRequest[requestType]?.[name] ?? anyRequest[name];
}

/**
 * The VM received the request and answered that it could not be done. Nothing has changed.
 *
 * @example
 * try {
 *   await client.unregisterMemory(99);
 * } catch (error) {
 *   if (error instanceof VmRefusedError && error.code === 'ENOENT') console.log('no such slot');
 * }
 */
export class VmRefusedError extends Error {
  override readonly name = 'VmRefusedError';
  /** The number that the VM gave, positive. */
  readonly errno: number;
  /** Its name: `ENOSPC`. */
  readonly code: string;
  /** The kind of request: `registerMemory`. */
  readonly operation: string;
  /** What to do about it, where there is something to say. */
  readonly cure: string | undefined;

  constructor(operation: string, errno: number) {
    const cure = refusalCure(operation, errno);
    const code = errnoName(errno);
    super(`the VM refused ${operation}: ${code}${cure === undefined ? '' : ` (${cure})`}`);
    this.errno = errno;
    this.code = code;
    this.operation = operation;
    this.cure = cure;
  }
}
