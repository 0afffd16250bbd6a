/** Foreign functions of memory: mappings, memfds and their seals, and reading memory that may be gone. */
import { libc, requireKoffi } from './library.js';

/** mmap's protections and flags (asm-generic/mman-common.h, linux/mman.h). */
export const PROT_READ = 0x1;
export const PROT_WRITE = 0x2;
export const MAP_SHARED = 0x01;
export const MAP_PRIVATE = 0x02;
export const MAP_FIXED = 0x10;
export const MAP_ANONYMOUS = 0x20;
export const MAP_NORESERVE = 0x4000;

/** memfd_create's flags (linux/memfd.h). */
export const MFD_CLOEXEC = 0x1;
export const MFD_ALLOW_SEALING = 0x2;

/**
 * fcntl's commands and seals for memfds (linux/fcntl.h; F_LINUX_SPECIFIC_BASE is 1024).
 * F_ADD_SEALS: EBUSY, EINVAL, EPERM (final); F_GET_SEALS: EINVAL if it can't be sealed.
 */
export const F_ADD_SEALS = 1033;
export const F_GET_SEALS = 1034;
export const F_SEAL_SEAL = 0x1;
export const F_SEAL_SHRINK = 0x2;
export const F_SEAL_GROW = 0x4;
export const F_SEAL_WRITE = 0x8;
export const F_SEAL_FUTURE_WRITE = 0x10;

/** fallocate's modes (linux/falloc.h). */
export const FALLOC_FL_KEEP_SIZE = 0x1;
export const FALLOC_FL_PUNCH_HOLE = 0x2;

/** What fstatfs says of the file system that memfds live in (linux/magic.h). */
export const TMPFS_MAGIC = 0x01021994;

/** struct stat and struct statfs: the members that we read (x86-64 and aarch64 agree on these). */
export const stat = { size: 144, st_size: 48 } as const;
export const statfs = { size: 120, f_type: 0 } as const;

/** struct iovec (bits/types/struct_iovec.h). */
export const iovec = { size: 16, iov_base: 0, iov_len: 8 } as const;

/**
 * The address of a new mapping, or -1 (EACCES, EAGAIN, EBADF, EINVAL, ENODEV, ENOMEM, EPERM).
 * Whoever maps unmaps: nothing else does.
 */
export const mmap: (
  address: number,
  length: number,
  protection: number,
  flags: number,
  fd: number,
  offset: number,
) => number = libc.func('intptr_t mmap(uintptr_t, ulong, int, int, int, int64_t)');

/** Only for ranges that no view and no memory slot can reach any more. EINVAL. */
export const munmap: (address: number, length: number) => number = libc.func(
  'int munmap(uintptr_t, ulong)',
);

/** A new memfd, or -1 (EFAULT, EINVAL, EMFILE, ENFILE, ENOMEM). The name has at most 249 bytes. */
export const memfd_create: (name: string, flags: number) => number = libc.func(
  'int memfd_create(const char *, uint)',
);

/** EACCES, EBADF, EFBIG, EINVAL, EPERM (sealed). */
export const ftruncate: (fd: number, length: number) => number = libc.func(
  'int ftruncate(int, int64_t)',
);

/** EBADF, EFBIG, EINVAL, ENODEV, ENOSPC, EOPNOTSUPP, EPERM (sealed). */
export const fallocate: (fd: number, mode: number, offset: number, length: number) => number =
  libc.func('int fallocate(int, int, int64_t, int64_t)');

/** Fills a `stat`. Blocks for as long as a hostile file system likes: ask F_GET_SEALS first. EBADF. */
export const fstat: (fd: number, stat: number) => number = libc.func('int fstat(int, uintptr_t)');

/** Fills a `statfs`. Blocks like `fstat`. EBADF. */
export const fstatfs: (fd: number, statfs: number) => number = libc.func(
  'int fstatfs(int, uintptr_t)',
);

type Vectored = (
  pid: number,
  local: number,
  localCount: number,
  remote: number,
  remoteCount: number,
  flags: number,
) => number;

/**
 * Copies memory of a process, this one included, into our own. Memory that is gone is EFAULT, where
 * an ordinary read is SIGBUS. Bytes copied, fewer than asked for if a later page is gone.
 */
export const process_vm_readv: Vectored = libc.func(
  'long process_vm_readv(int, uintptr_t, ulong, uintptr_t, ulong, ulong)',
);

/** The same, into the memory of the process. */
export const process_vm_writev: Vectored = libc.func(
  'long process_vm_writev(int, uintptr_t, ulong, uintptr_t, ulong, ulong)',
);

/**
 * An ArrayBuffer over native memory. On Node 20 more than 4 GiB abort the process, and so does the
 * address 0 on every version: the callers give neither.
 */
export function viewMemory(address: number, length: number): ArrayBuffer {
  return requireKoffi().view(address, length);
}
