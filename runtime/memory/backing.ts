/** What the kernel knows of the memory behind a descriptor. */
import { NativeBlock } from '../../native/block.js';
import { fcntl } from '../../native/fd.js';
import { lastErrno } from '../../native/library.js';
import {
  F_GET_SEALS,
  F_SEAL_FUTURE_WRITE,
  F_SEAL_GROW,
  F_SEAL_SEAL,
  F_SEAL_SHRINK,
  F_SEAL_WRITE,
  TMPFS_MAGIC,
  fstat,
  fstatfs,
  stat,
  statfs,
} from '../../native/memory.js';
import { SystemError } from '../errors.js';

/** What can be forbidden for ever about a memfd, by anyone who may write it. */
export interface Seals {
  /** Making it smaller: whoever maps sealed memory can't lose it. */
  readonly shrink: boolean;
  /** Making it larger. */
  readonly grow: boolean;
  /** Writing it at all. */
  readonly write: boolean;
  /** New writable mappings: those who have one keep it, everyone else reads. */
  readonly futureWrite: boolean;
  /** Adding seals. */
  readonly seal: boolean;
}

/** The bits of each seal. */
export const sealBits = {
  shrink: F_SEAL_SHRINK,
  grow: F_SEAL_GROW,
  write: F_SEAL_WRITE,
  futureWrite: F_SEAL_FUTURE_WRITE,
  seal: F_SEAL_SEAL,
} as const satisfies Record<keyof Seals, number>;

/** The seals as bits, or undefined if it's no memory that can be sealed. Answers at once, whatever it is. */
export function querySeals(fd: number, subject: string): number | undefined {
  const seals = fcntl(fd, F_GET_SEALS, 0);
  if (seals !== -1) return seals;
  const failure = new SystemError(lastErrno(), 'F_GET_SEALS', subject);
  if (failure.code === 'EINVAL') return undefined;
  throw failure;
}

let answer: NativeBlock | undefined;

/** Bytes behind a descriptor. Blocks on a hostile file system: ask for the seals first. */
export function querySize(fd: number, subject: string): number {
  answer ??= new NativeBlock(Math.max(stat.size, statfs.size));
  if (fstat(fd, answer.address) === -1) throw new SystemError(lastErrno(), 'fstat', subject);
  return Number(answer.view.getBigInt64(stat.st_size, true));
}

/** Whether touching it can't fail: huge pages, unlike ordinary memfds, can run out on a touch. */
export function isOrdinaryMemory(fd: number, subject: string): boolean {
  answer ??= new NativeBlock(Math.max(stat.size, statfs.size));
  if (fstatfs(fd, answer.address) === -1) throw new SystemError(lastErrno(), 'fstatfs', subject);
  return answer.view.getBigInt64(statfs.f_type, true) === BigInt(TMPFS_MAGIC);
}
