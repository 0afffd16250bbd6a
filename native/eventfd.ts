/** Foreign functions of eventfds. */
import { libc } from './library.js';

/** Flags (sys/eventfd.h; the values are those of O_CLOEXEC and O_NONBLOCK). */
export const EFD_SEMAPHORE = 0x1;
export const EFD_NONBLOCK = 0x800;
export const EFD_CLOEXEC = 0x80000;

/** A new eventfd, or -1 (EINVAL, EMFILE, ENFILE, ENODEV, ENOMEM). */
export const eventfd: (initial: number, flags: number) => number =
  libc.func('int eventfd(uint, int)');

/** 8 bytes: the counter, which becomes 0 (or one less). EAGAIN if it was 0, EBADF, EINVAL. */
export const read: (fd: number, buffer: number, length: number) => number = libc.func(
  'long read(int, uintptr_t, ulong)',
);

/** 8 bytes that are added to the counter. EAGAIN if it would pass 2^64-2, EBADF, EINVAL. */
export const write: (fd: number, buffer: number, length: number) => number = libc.func(
  'long write(int, uintptr_t, ulong)',
);
