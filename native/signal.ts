/** Foreign functions that interrupt a thread in the kernel: gettid, tgkill, sigaction. */
import { NativeBlock } from './block.js';
import { lastErrno, libc } from './library.js';

/** struct sigaction as glibc has it (bits/sigaction.h, x86-64 and aarch64). */
export const sigaction = { size: 152, sa_handler: 0, sa_flags: 136 } as const;

/** System calls other than KVM_RUN go on after the handler (bits/sigaction.h). */
export const SA_RESTART = 0x1000_0000;

/** The kernel's number of this thread, for `tgkill`. Never fails. */
export const gettid: () => number = libc.func('int gettid(void)');

/** Sends a signal to one thread of a process. EAGAIN (queue full), EINVAL, EPERM, ESRCH (gone). */
export const tgkill: (pid: number, tid: number, signal: number) => number = libc.func(
  'int tgkill(int, int, int)',
);

const setAction: (signal: number, action: number, previous: number) => number = libc.func(
  'int sigaction(int, uintptr_t, uintptr_t)',
);

/** The address of a symbol of any loaded library, or 0. */
const dlsym: (library: number, name: string) => number = libc.func(
  'uintptr_t dlsym(uintptr_t, const char *)',
);

let handled = false;

/**
 * Makes a signal harmless, so that it does no more than interrupt system calls: its handler is libc's
 * `abs`, which takes an int and touches nothing. For the whole process, and for good.
 *
 * @returns 0, or an errno
 */
export function ignoreWithHandler(signal: number): number {
  if (handled) return 0;
  const block = new NativeBlock(sigaction.size);
  block.view.setBigUint64(sigaction.sa_handler, BigInt(dlsym(0, 'abs')), true);
  block.view.setInt32(sigaction.sa_flags, SA_RESTART, true);
  const failed = setAction(signal, block.address, 0) === -1;
  const errno = failed ? lastErrno() : 0;
  block.free();
  handled = !failed;
  return errno;
}
