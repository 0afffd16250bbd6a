/** Descriptors of every kind, to register. */
import { closeSync, constants, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MFD_ALLOW_SEALING, MFD_CLOEXEC, ftruncate, memfd_create } from '../../native/memory.js';
import { OwnedFd } from '../../runtime/descriptors/owned-fd.js';

/** An unsealed memfd of any size, 0 and those past 2^53 included. */
export function memfd(size: bigint): OwnedFd {
  const fd = memfd_create('test', MFD_CLOEXEC | MFD_ALLOW_SEALING);
  const owned = OwnedFd.adopt(fd, 'memfd');
  // A power of two beyond 2^53 is exact as a number.
  if (ftruncate(fd, Number(size)) === -1) throw new Error(`ftruncate to ${size} failed`);
  return owned;
}

/** An open file of `size` bytes that has no name any more. */
export function file(flags: number, size = 4096): OwnedFd {
  const folder = mkdtempSync(join(tmpdir(), 'vmwire-file-'));
  try {
    const path = join(folder, 'file');
    writeFileSync(path, new Uint8Array(size));
    return OwnedFd.adopt(openSync(path, flags), 'file');
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Opens a path. */
export function open(path: string, flags: number = constants.O_RDWR): OwnedFd {
  return OwnedFd.adopt(openSync(path, flags), path);
}

/** A descriptor whose number is closed already: what a careless caller passes. */
export function closedNumber(): { readonly fd: number } {
  const fd = openSync('/dev/null', constants.O_RDONLY);
  closeSync(fd);
  return { fd };
}
