/** One KVM call: the foreign call, its errors, and the memory that its structs lie in. */
import { NativeBlock } from '../../native/block.js';
import { type ErrnoName, errno, errnoName } from '../../native/errno.js';
import { ioctl } from '../../native/ioctl.js';
import { lastErrno } from '../../native/library.js';
import {
  type FieldValues,
  type Fields,
  type Struct,
  readStruct,
  writeStruct,
} from '../../native/struct.js';
import { SystemError } from '../errors.js';

/** By errno, what to do about it: KVM tells no more than a number. */
export type Cures = Readonly<Partial<Record<ErrnoName, string>>>;

function refusal(
  number: number,
  operation: string,
  subject: string | undefined,
  cures: Cures,
): SystemError {
  const cure = new Map(Object.entries(cures)).get(errnoName(number));
  if (cure === undefined) return new SystemError(number, operation, subject);
  return new SystemError(
    number,
    operation,
    `${subject === undefined ? '' : `${subject} `}(${cure})`,
  );
}

/**
 * Calls KVM; an interrupted call is made again. Not for KVM_RUN, whose EINTR is an answer.
 *
 * @returns what KVM answers, not negative
 * @param cures what to do about an errno, told with it
 * @throws SystemError what KVM says
 */
export function kvmCall(
  fd: number,
  request: number,
  argument: number,
  operation: string,
  subject?: string,
  cures: Cures = {},
): number {
  for (;;) {
    const answer = ioctl(fd, request, argument);
    if (answer !== -1) return answer;
    const number = lastErrno();
    if (number !== errno.EINTR) throw refusal(number, operation, subject, cures);
  }
}

let block = new NativeBlock(16 * 1024);

/**
 * Memory for the struct of one call, this thread's and the same each time: whoever asks has it until
 * the next one asks.
 */
export function structMemory(size: number): NativeBlock {
  // The smaller one stays: a member of the struct being written there may be a getter that got here. By
  // doubling, all of them together are no larger than the last.
  if (size > block.size) block = new NativeBlock(Math.max(size, 2 * block.size));
  return block;
}

/** Calls KVM with a struct. */
export function giveStruct<F extends Fields>(
  fd: number,
  request: number,
  operation: string,
  layout: Struct<F>,
  value: FieldValues<F>,
  cures?: Cures,
): number {
  const { address, view } = structMemory(layout.size);
  writeStruct(layout, view, 0, value);
  return kvmCall(fd, request, address, operation, undefined, cures);
}

/** Calls KVM for a struct. */
export function getStruct<F extends Fields>(
  fd: number,
  request: number,
  operation: string,
  layout: Struct<F>,
  cures?: Cures,
): FieldValues<F> {
  const { address, view } = structMemory(layout.size);
  kvmCall(fd, request, address, operation, undefined, cures);
  return readStruct(layout, view);
}
