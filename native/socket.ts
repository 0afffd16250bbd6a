/**
 * Foreign functions of sockets, and the numbers and layouts that go with them.
 *
 * Every address is a number that belongs to a `NativeBlock` of the caller, which stays alive during
 * the call: the kernel keeps none of them. A failure is -1 with errno.
 */
import { libc } from './library.js';

/** Address family (bits/socket.h), and the protocol's only level of options (asm-generic/socket.h). */
export const AF_UNIX = 1;
export const SOL_SOCKET = 1;

/** Types of sockets, and the flag that goes with them (bits/socket_type.h). */
export const SOCK_DGRAM = 2;
export const SOCK_SEQPACKET = 5;
export const SOCK_CLOEXEC = 0x80000;

/** Options (asm-generic/socket.h; x86-64 and aarch64). */
export const SO_TYPE = 3;
export const SO_PASSCRED = 16;
export const SO_PEERCRED = 17;
export const SO_RCVTIMEO = 20;
export const SO_SNDTIMEO = 21;
export const SO_ACCEPTCONN = 30;
export const SO_DOMAIN = 39;

/** Flags of messages (bits/socket.h). */
export const MSG_CTRUNC = 0x8;
export const MSG_TRUNC = 0x20;
export const MSG_DONTWAIT = 0x40;
export const MSG_NOSIGNAL = 0x4000;
export const MSG_CMSG_CLOEXEC = 0x4000_0000;

/** What can ride along (bits/socket.h, linux/socket.h). */
export const SCM_RIGHTS = 1;
export const SCM_CREDENTIALS = 2;
export const SCM_PIDFD = 4;
/** How many descriptors one message can carry (linux/net/scm.h: 254 are EINVAL). */
export const SCM_MAX_FD = 253;

/** Directions of shutdown (sys/socket.h). */
export const SHUT_RD = 0;
export const SHUT_WR = 1;
export const SHUT_RDWR = 2;

/** Events of poll (asm-generic/poll.h). */
export const POLLIN = 0x1;
/** Reading was shut down. */
export const POLLRDHUP = 0x2000;

/** struct msghdr (bits/socket.h). */
export const msghdr = {
  size: 56,
  msg_name: 0,
  msg_namelen: 8,
  msg_iov: 16,
  msg_iovlen: 24,
  msg_control: 32,
  msg_controllen: 40,
  msg_flags: 48,
} as const;

/** struct cmsghdr (bits/socket.h); the data follow it directly, and the next one is aligned to 8. */
export const cmsghdr = { size: 16, cmsg_len: 0, cmsg_level: 8, cmsg_type: 12 } as const;

/** struct sockaddr_un (sys/un.h). */
export const sockaddr_un = { size: 110, sun_family: 0, sun_path: 2 } as const;

/** struct ucred (bits/socket.h). */
export const ucred = { size: 12, pid: 0, uid: 4, gid: 8 } as const;

/** struct timeval (bits/types/struct_timeval.h). */
export const timeval = { size: 16, tv_sec: 0, tv_usec: 8 } as const;

/** struct pollfd (sys/poll.h). */
export const pollfd = { size: 8, fd: 0, events: 4, revents: 6 } as const;

/** A new descriptor. EACCES, EAFNOSUPPORT, EINVAL, EMFILE, ENFILE, ENOBUFS, ENOMEM. */
export const socket: (family: number, type: number, protocol: number) => number = libc.func(
  'int socket(int, int, int)',
);

/** Two connected ones, as two ints at `pair`. EFAULT, EMFILE, ENFILE, EPROTONOSUPPORT. */
export const socketpair: (family: number, type: number, protocol: number, pair: number) => number =
  libc.func('int socketpair(int, int, int, uintptr_t)');

/**
 * Makes a file, or a name in the abstract namespace, or, from a name of no bytes, an automatic one.
 * EACCES, EADDRINUSE, EINVAL, ELOOP, ENOENT, ENOMEM, ENOTDIR, EROFS.
 */
export const bind: (fd: number, name: number, length: number) => number = libc.func(
  'int bind(int, uintptr_t, uint)',
);

/**
 * Blocks while the listener's backlog is full, for SO_SNDTIMEO at most (EAGAIN). EACCES, ECONNREFUSED,
 * EINTR, EISCONN, ENOENT, EPERM, EPROTOTYPE (another type of socket). Follows symbolic links.
 */
export const connect: (fd: number, name: number, length: number) => number = libc.func(
  'int connect(int, uintptr_t, uint)',
);

/** EADDRINUSE, EINVAL (not bound), EOPNOTSUPP (a datagram socket). */
export const listen: (fd: number, backlog: number) => number = libc.func('int listen(int, int)');

/** A new descriptor. Blocks, for SO_RCVTIMEO at most (EAGAIN). EINTR, EINVAL (not listening), EMFILE, ENFILE. */
export const accept4: (fd: number, name: number, length: number, flags: number) => number =
  libc.func('int accept4(int, uintptr_t, uintptr_t, int)');

/**
 * A message without anything beside it. EAGAIN, ECONNREFUSED (no longer there), ECONNRESET, EINTR,
 * EMSGSIZE, ENOBUFS, ENOTCONN, EPIPE.
 */
export const send: (fd: number, data: number, length: number, flags: number) => number = libc.func(
  'long send(int, uintptr_t, ulong, int)',
);

/** A message as `msghdr` tells. As `send`, and EBADF, EINVAL (254 descriptors), ETOOMANYREFS. */
export const sendmsg: (fd: number, message: number, flags: number) => number = libc.func(
  'long sendmsg(int, uintptr_t, int)',
);

/**
 * Receives a message into what `msghdr` points to, and descriptors into this process: whoever calls
 * owns them. EAGAIN, ECONNRESET, EINTR, ENOTCONN.
 */
export const recvmsg: (fd: number, message: number, flags: number) => number = libc.func(
  'long recvmsg(int, uintptr_t, int)',
);

/** `length` is the address of an int. EBADF, EINVAL, ENOPROTOOPT, ENOTSOCK. */
export const getsockopt: (
  fd: number,
  level: number,
  option: number,
  value: number,
  length: number,
) => number = libc.func('int getsockopt(int, int, int, uintptr_t, uintptr_t)');

/** EBADF, EDOM (a timeout too large), EINVAL, ENOPROTOOPT, ENOTSOCK, EPERM. */
export const setsockopt: (
  fd: number,
  level: number,
  option: number,
  value: number,
  length: number,
) => number = libc.func('int setsockopt(int, int, int, uintptr_t, uint)');

/** EINVAL, ENOTCONN. */
export const shutdown: (fd: number, how: number) => number = libc.func('int shutdown(int, int)');

/** The socket's own name; `length` is the address of an int, in and out. EBADF, ENOTSOCK. */
export const getsockname: (fd: number, name: number, length: number) => number = libc.func(
  'int getsockname(int, uintptr_t, uintptr_t)',
);

/** The far end's name. As `getsockname`, and ENOTCONN. */
export const getpeername: (fd: number, name: number, length: number) => number = libc.func(
  'int getpeername(int, uintptr_t, uintptr_t)',
);

/** How many of `count` `pollfd`s are ready. A bad descriptor is an event, not a failure. EINTR. */
export const poll: (descriptors: number, count: number, milliseconds: number) => number = libc.func(
  'int poll(uintptr_t, ulong, int)',
);
