/** One KVM call: the foreign call, its errors, and the memory that its structs lie in. */
import { NativeBlock } from '../../native/block.js';
import { errno } from '../../native/errno.js';
import { ioctl } from '../../native/ioctl.js';
import { lastErrno } from '../../native/library.js';
import { SystemError } from '../errors.js';

/**
 * Calls KVM; an interrupted call is made again. Not for KVM_RUN, whose EINTR is an answer.
 *
 * @returns what KVM answers, not negative
 * @throws SystemError what KVM says
 */
export function kvmCall(
  fd: number,
  request: number,
  argument: number,
  operation: string,
  subject?: string,
): number {
  for (;;) {
    const answer = ioctl(fd, request, argument);
    if (answer !== -1) return answer;
    const number = lastErrno();
    if (number !== errno.EINTR) throw new SystemError(number, operation, subject);
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
