/** The C library of this process, as koffi sees it: every foreign function is declared through `libc`. */
import koffi from 'koffi';

export const libc = koffi.load('libc.so.6');

/** The errno of this thread's last foreign call that failed. Read it before anything else runs. */
export const lastErrno: () => number = koffi.errno;
