/** What generated encoders ask of each value before they write the first byte. */
import type { Descriptor } from './descriptor.js';
import { FieldValueError } from './error.js';

// A check of a number is one operation that changes whatever is not in range. The check of the type
// comes first because the operation itself would throw for a bigint, and would accept `'5'`.

/** @throws FieldValueError unless `value` is an integer from 0 to 2^8-1 */
export function checkU1(path: string, value: number, index?: number): void {
  if (typeof value !== 'number' || (value & 0xff) !== value)
    throw refuse(path, index, 'an integer from 0 to 255', value);
}

/** @throws FieldValueError unless `value` is an integer from 0 to 2^16-1 */
export function checkU2(path: string, value: number, index?: number): void {
  if (typeof value !== 'number' || (value & 0xffff) !== value)
    throw refuse(path, index, 'an integer from 0 to 65535', value);
}

/** @throws FieldValueError unless `value` is an integer from 0 to 2^32-1 */
export function checkU4(path: string, value: number, index?: number): void {
  if (typeof value !== 'number' || value >>> 0 !== value)
    throw refuse(path, index, 'an integer from 0 to 4294967295', value);
}

/** @throws FieldValueError unless `value` is a bigint from 0 to 2^64-1 */
export function checkU8(path: string, value: bigint, index?: number): void {
  if (typeof value !== 'bigint' || BigInt.asUintN(64, value) !== value)
    throw refuse(path, index, 'a bigint from 0n to 18446744073709551615n', value);
}

/** @throws FieldValueError unless `value` is an integer from -2^7 to 2^7-1 */
export function checkS1(path: string, value: number, index?: number): void {
  if (typeof value !== 'number' || (value << 24) >> 24 !== value)
    throw refuse(path, index, 'an integer from -128 to 127', value);
}

/** @throws FieldValueError unless `value` is an integer from -2^15 to 2^15-1 */
export function checkS2(path: string, value: number, index?: number): void {
  if (typeof value !== 'number' || (value << 16) >> 16 !== value)
    throw refuse(path, index, 'an integer from -32768 to 32767', value);
}

/** @throws FieldValueError unless `value` is an integer from -2^31 to 2^31-1 */
export function checkS4(path: string, value: number, index?: number): void {
  if (typeof value !== 'number' || (value | 0) !== value)
    throw refuse(path, index, 'an integer from -2147483648 to 2147483647', value);
}

/** @throws FieldValueError unless `value` is a bigint from -2^63 to 2^63-1 */
export function checkS8(path: string, value: bigint, index?: number): void {
  if (typeof value !== 'bigint' || BigInt.asIntN(64, value) !== value)
    throw refuse(path, index, 'a bigint from -9223372036854775808n to 9223372036854775807n', value);
}

/** @throws FieldValueError unless `value` is an errno of either sign: an integer from -2^31 to 2^32-1 */
export function checkErrno(path: string, value: number): void {
  if (typeof value !== 'number' || ((value | 0) !== value && value >>> 0 !== value))
    throw refuse(path, undefined, 'an errno from -2147483648 to 4294967295', value);
}

/** @throws FieldValueError unless `values` is an array of `count` elements, which are not looked at */
export function checkArray(path: string, values: readonly unknown[], count: number): void {
  if (!Array.isArray(values))
    throw new FieldValueError(path, `an array of ${count} elements`, values);
  if (values.length !== count)
    throw new FieldValueError(`${path}.length`, String(count), values.length);
}

/** @throws FieldValueError unless `value` is an object, as every descriptor is: a bare number is not one */
export function checkDescriptor(path: string, value: Descriptor): void {
  if (typeof value !== 'object' || value === null)
    throw new FieldValueError(path, 'a descriptor, an object with an `fd`', value);
}

/** ERANGE: what the smallest integer of 4 bytes, which has no absolute value, is sent as. */
const erange = 34;

/** An errno of either sign as it travels: its absolute value. */
export function errnoToWire(value: number): number {
  return value === -0x8000_0000 ? erange : Math.abs(value);
}

/** Writes `count` zero bytes at `offset`. */
export function writeZeros(view: DataView, offset: number, count: number): void {
  const end = offset + count;
  let at = offset;
  for (; at + 4 <= end; at += 4) view.setUint32(at, 0);
  for (; at < end; at++) view.setUint8(at, 0);
}

function refuse(
  path: string,
  index: number | undefined,
  expected: string,
  value: unknown,
): FieldValueError {
  return new FieldValueError(index === undefined ? path : `${path}[${index}]`, expected, value);
}
