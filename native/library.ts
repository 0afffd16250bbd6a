/** The C library of this process, as koffi sees it: every foreign function is declared through `libc`. */
import koffi from 'koffi';

const library = koffi.load('libc.so.6');

/** A foreign function as koffi binds it. */
export type ForeignFunction = ReturnType<typeof library.func>;

let wrap: ((name: string, call: ForeignFunction) => ForeignFunction) | undefined;

/**
 * Puts something between each foreign function that is declared from now on and its callers: for tests
 * that make calls fail. Without it callers have koffi's own functions, and nothing in between.
 *
 * @param wrapper given the function's C name
 */
export function wrapForeignFunctions(
  wrapper: (name: string, call: ForeignFunction) => ForeignFunction,
): void {
  wrap = wrapper;
}

export const libc = {
  /** Declares a function by its C prototype. */
  func(prototype: string): ForeignFunction {
    const call = library.func(prototype);
    if (wrap === undefined) return call;
    return wrap(prototype.slice(0, prototype.indexOf('(')).split(' ').at(-1) ?? '', call);
  },
};

/** The errno of this thread's last foreign call that failed. Read it before anything else runs. */
export const lastErrno: () => number = koffi.errno;
