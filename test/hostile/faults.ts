/**
 * Makes foreign calls fail. Import it before anything that declares foreign functions: it stands between
 * them and their callers from then on.
 */
import koffi from 'koffi';
import { wrapForeignFunctions } from '../../native/library.js';

/** Every foreign function that was declared. */
export const declared = new Set<string>();
/** Those that were made to fail. */
export const failed = new Set<string>();

let countdown = -1;
let code = 0;
let only: string | undefined;
let last: string | undefined;
let count = 0;

wrapForeignFunctions((name, call) => {
  declared.add(name);
  const wrapped = (...values: unknown[]): unknown => {
    if (countdown < 0 || (only ?? name) !== name || countdown-- > 0)
      return Reflect.apply(call, undefined, values);
    failed.add(name);
    last = name;
    count++;
    // Whatever close answers, the number is free.
    if (name === 'close') Reflect.apply(call, undefined, values);
    koffi.errno(code);
    return name === 'dlsym' ? 0 : -1;
  };
  return Object.assign(wrapped, call);
});

/** Makes one foreign call fail, after `before` others; of one function, if it is named. */
export function failAfter(before: number, errno: number, name?: string): void {
  countdown = before;
  only = name;
  code = errno;
  last = undefined;
}

/** No more faults. @returns the function that failed, or undefined if there were not that many calls */
export function endOfFaults(): string | undefined {
  countdown = -1;
  return last;
}

/** How many calls were made to fail so far. */
export function faultCount(): number {
  return count;
}
