/** Checks of numbers from callers: koffi takes fractions, NaN and 2^64 for integers without a word. */
import { inspect } from 'node:util';
import { type SystemError, systemError } from './errors.js';

/** The page size of x86-64. */
export const pageSize = 4096;

/** A refusal of an argument: EINVAL, naming the argument, its value and what would be right. */
export function invalidArgument(
  operation: string,
  name: string,
  value: unknown,
  rule: string,
): SystemError {
  // Not every object can be made a string, and -0 would be shown as 0.
  const special = typeof value === 'object' || Object.is(value, -0);
  const shown = special ? inspect(value, { depth: 0 }) : String(value);
  return systemError('EINVAL', operation, `${name} ${shown} (must be ${rule})`);
}

/** Checks an integer in a range, both ends included. -0 is none: Node's own fs calls abort at it. */
export function checkInteger(
  operation: string,
  name: string,
  value: number,
  minimum: number,
  maximum: number,
): void {
  const inRange = Number.isSafeInteger(value) && value >= minimum && value <= maximum;
  if (inRange && !Object.is(value, -0)) return;
  throw invalidArgument(operation, name, value, `an integer, ${minimum} to ${maximum}`);
}

/** Checks a choice. */
export function checkOneOf<T>(
  operation: string,
  name: string,
  value: T,
  choices: readonly T[],
): void {
  if (choices.includes(value)) return;
  throw invalidArgument(operation, name, value, choices.join(' or '));
}

/** Checks a bigint in a range, both ends included. */
export function checkBigint(
  operation: string,
  name: string,
  value: bigint,
  minimum: bigint,
  maximum: bigint,
): void {
  if (typeof value !== 'bigint' || value < minimum || value > maximum) {
    throw invalidArgument(operation, name, value, `a bigint, ${minimum} to ${maximum}`);
  }
}

/** Checks bytes: what only looks like them could keep the memory that it is handed. */
export function checkBytes(operation: string, name: string, value: Uint8Array): void {
  if (value instanceof Uint8Array) return;
  throw invalidArgument(operation, name, value, 'a Uint8Array');
}

/** Checks a number of bytes that must be whole pages, and more than none. */
export function checkPages(operation: string, name: string, value: number): void {
  if (!Number.isSafeInteger(value) || value <= 0 || value % pageSize !== 0) {
    throw invalidArgument(operation, name, value, `whole pages of ${pageSize} bytes`);
  }
}
