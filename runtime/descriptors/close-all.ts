/** Closing what remains of a list of descriptors. */
import type { OwnedFd } from './owned-fd.js';

/** Closes every one and empties the list. */
export function closeAll(fds: OwnedFd[]): void {
  for (const fd of fds) fd.close();
  fds.length = 0;
}
