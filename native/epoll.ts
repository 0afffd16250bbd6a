/** Foreign functions of epoll, and koffi's poll handle, which ties one epoll descriptor to Node's own loop. */
import { libc, requireKoffi } from './library.js';

/** epoll_create1's flag (sys/epoll.h). */
export const EPOLL_CLOEXEC = 0x80000;

/** epoll_ctl's operations (sys/epoll.h). */
export const EPOLL_CTL_ADD = 1;
export const EPOLL_CTL_DEL = 2;
export const EPOLL_CTL_MOD = 3;

/** Events (sys/epoll.h). ERR and HUP come unasked. */
export const EPOLLIN = 0x1;
export const EPOLLOUT = 0x4;
export const EPOLLERR = 0x8;
export const EPOLLHUP = 0x10;

/** struct epoll_event (sys/epoll.h): packed on x86-64, and only there. */
export const epoll_event =
  process.arch === 'x64'
    ? ({ size: 12, events: 0, data: 4 } as const)
    : ({ size: 16, events: 0, data: 8 } as const);

/** A new descriptor. EINVAL, EMFILE, ENFILE, ENOMEM. */
export const epoll_create1: (flags: number) => number = libc.func('int epoll_create1(int)');

/**
 * `event` is the address of an `epoll_event` that the kernel copies. EBADF, EEXIST, EINVAL, ENOENT,
 * ENOMEM, ENOSPC, EPERM (a regular file or a directory).
 */
export const epoll_ctl: (epoll: number, operation: number, fd: number, event: number) => number =
  libc.func('int epoll_ctl(int, int, int, uintptr_t)');

/** How many `epoll_event`s it wrote at `events`. EBADF, EINTR, EINVAL. */
export const epoll_wait: (
  epoll: number,
  events: number,
  room: number,
  milliseconds: number,
) => number = libc.func('int epoll_wait(int, uintptr_t, int, int)');

/** What ties a descriptor to Node's loop. */
export interface PollHandle {
  /** Keeps the process alive, as a new handle does. */
  ref(): void;
  unref(): void;
  /** Once and last: what follows on a closed handle is a segfault. */
  close(): void;
}

/**
 * Calls back whenever a descriptor is readable.
 *
 * Only for an epoll descriptor of our own: a bad descriptor, a regular file or a second handle on the
 * same one aborts the process. Keep the handle: one that nothing references is collected, and polling
 * silently ends. The callback must not throw. What it resolves runs on Node 26 only with the next
 * event: it ends with `setImmediate`.
 */
export function pollReadable(epoll: number, callback: () => void): PollHandle {
  return requireKoffi().node.poll(epoll, { readable: true }, callback);
}
