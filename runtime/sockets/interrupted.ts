/** Calls that a signal interrupts. */
import { errno } from '../../native/errno.js';

/**
 * Makes a call again for as long as signals interrupt it.
 *
 * The kernel counts SO_RCVTIMEO and SO_SNDTIMEO from each call anew, so that signals which come more
 * often than the time-out would put it off for ever: from the first one on we count too.
 *
 * @param call answers a result, or the errno of its failure, negative
 * @returns the same, never -EINTR; -EAGAIN when the time is up
 */
export function callAgain(call: () => number, timeoutMs: number | undefined): number {
  const deadline = timeoutMs === undefined ? Infinity : performance.now() + timeoutMs;
  for (;;) {
    const answer = call();
    if (answer !== -errno.EINTR) return answer;
    if (performance.now() >= deadline) return -errno.EAGAIN;
  }
}
