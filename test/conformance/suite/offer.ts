/** The descriptors that the suite sends, each with an inode of its own. */
import { fstatSync } from 'node:fs';
import type { Descriptor } from '../../../runtime/codec/index.js';
import type { OwnedFd } from '../../../runtime/descriptors/owned-fd.js';
import { memfd, open } from '../../control/memfd.js';

/** What tells one descriptor from another. */
export interface Identity {
  readonly size: string;
  readonly ino: string;
}

export interface Offered extends Identity {
  readonly owned: OwnedFd;
}

export function identityOf({ fd }: Descriptor): Identity {
  const { size, ino } = fstatSync(fd, { bigint: true });
  return { size: String(size), ino: String(ino) };
}

function offered(owned: OwnedFd): Offered {
  return { owned, ...identityOf(owned) };
}

/** As many as one packet takes (SCM_MAX_FD): descriptor i is a memfd of 1000 + i bytes. */
export function memfds(): Offered[] {
  return Array.from({ length: 253 }, (_, index) => offered(memfd(BigInt(1000 + index))));
}

/** As the recorder of the traces had them: 6 memfds, the others are /dev/null. */
export function recordedDescriptors(): Offered[] {
  return Array.from({ length: 253 }, (_, index) =>
    offered(index < 6 ? memfd(BigInt(1000 + index)) : open('/dev/null')),
  );
}
