/** Foreign functions of descriptors. */
import { libc } from './library.js';

/** fcntl's commands (linux/fcntl.h). */
export const F_GETFD = 1;
export const F_SETFD = 2;
export const F_GETFL = 3;
export const F_DUPFD_CLOEXEC = 1030;

/** The only flag of F_SETFD (asm-generic/fcntl.h). */
export const FD_CLOEXEC = 1;

/**
 * Closes a number that the caller owns. EBADF; on Linux the number is free again whatever close
 * answers, so it is never repeated (close(2)). Blocks for as long as a hostile file system likes.
 */
export const close: (fd: number) => number = libc.func('int close(int)');

/** fcntl with an integer argument. F_DUPFD_CLOEXEC: EBADF, EINVAL, EMFILE; F_GETFD: EBADF. */
export const fcntl: (fd: number, command: number, argument: number) => number = libc.func(
  'int fcntl(int, int, uintptr_t)',
);

/** flock's operations (bits/fcntl-linux.h). */
export const LOCK_EX = 2;
export const LOCK_NB = 4;

/**
 * Locks an open file or directory until its last descriptor closes. EBADF, EINTR, ENOLCK, EWOULDBLOCK
 * with LOCK_NB: anyone who can open it can hold the lock, so nobody waits for it without an end.
 */
export const flock: (fd: number, operation: number) => number = libc.func('int flock(int, int)');
