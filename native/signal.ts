/** Foreign functions that interrupt a thread in the kernel: gettid, tgkill, sigaction, timers. */
import { NativeBlock } from './block.js';
import { lastErrno, libc, librt } from './library.js';

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

/** struct sigevent and struct itimerspec (bits/types/sigevent_t.h, bits/types/struct_itimerspec.h). */
export const sigevent = {
  size: 64,
  sigev_signo: 8,
  sigev_notify: 12,
  sigev_notify_thread_id: 16,
} as const;
export const itimerspec = {
  size: 32,
  it_interval: { tv_sec: 0, tv_nsec: 8 },
  it_value: { tv_sec: 16, tv_nsec: 24 },
} as const;

/** A timer that signals one thread (bits/sigevent-consts.h), and its clock (bits/time.h). */
export const SIGEV_THREAD_ID = 4;
export const CLOCK_MONOTONIC = 1;

const timer_create: (clock: number, event: number, timer: number) => number = librt.func(
  'int timer_create(int, uintptr_t, uintptr_t)',
);
const timer_settime: (timer: bigint, flags: number, value: number, old: number) => number =
  librt.func('int timer_settime(uintptr_t, int, uintptr_t, uintptr_t)');
const timer_delete: (timer: bigint) => number = librt.func('int timer_delete(uintptr_t)');

/** A timer, as timer_create names it. */
export type Timer = bigint;

/**
 * Signals this thread again and again until `stopTimer`, or until the thread is gone. The kernel has
 * the signal ready from the start, so that none fails for want of memory.
 *
 * @returns the timer, or an errno: EAGAIN (too many pending signals), ENOMEM
 */
export function signalThisThread(signal: number, milliseconds: number): Timer | { errno: number } {
  const block = new NativeBlock(sigevent.size + itimerspec.size + 8);
  try {
    const { address, view } = block;
    const spec = sigevent.size;
    const answer = spec + itimerspec.size;
    view.setInt32(sigevent.sigev_signo, signal, true);
    view.setInt32(sigevent.sigev_notify, SIGEV_THREAD_ID, true);
    view.setInt32(sigevent.sigev_notify_thread_id, gettid(), true);
    if (timer_create(CLOCK_MONOTONIC, address, address + answer) === -1) {
      return { errno: lastErrno() };
    }
    const timer = view.getBigUint64(answer, true);
    for (const { tv_sec, tv_nsec } of [itimerspec.it_interval, itimerspec.it_value]) {
      view.setBigInt64(spec + tv_sec, BigInt(Math.floor(milliseconds / 1000)), true);
      view.setBigInt64(spec + tv_nsec, BigInt(milliseconds % 1000) * 1_000_000n, true);
    }
    timer_settime(timer, 0, address + spec, 0);
    return timer;
  } finally {
    block.free();
  }
}

export function stopTimer(timer: Timer): void {
  timer_delete(timer);
}
