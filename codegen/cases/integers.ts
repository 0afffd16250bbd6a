/** Integers for tests and vectors: telling values of each type, and their bytes, composed without any codec. */
import type { WireInteger } from '../model/packet.js';
import { maximum, minimum, type Range } from '../model/queries.js';

/** A value with a name that says why it is worth a test. */
export interface NamedValue {
  readonly name: string;
  readonly value: bigint;
}

/** The bytes of a value in two's complement, in the type's byte order. */
export function bytesOf(type: WireInteger, value: bigint): number[] {
  const bits = BigInt.asUintN(8 * type.size, value);
  const little = Array.from({ length: type.size }, (_, index) =>
    Number((bits >> BigInt(8 * index)) & 0xffn),
  );
  return type.endian === 'little' ? little : little.toReversed();
}

/** The value that bytes hold. */
export function valueOf(type: WireInteger, bytes: readonly number[]): bigint {
  const little = type.endian === 'little' ? bytes : bytes.toReversed();
  const bits = little.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  return type.signed ? BigInt.asIntN(8 * type.size, bits) : bits;
}

/** The boundaries of a type, patterns that show a lost bit, and bytes that show a swap. */
export function boundaryValues(type: Range): NamedValue[] {
  const bits = BigInt(8 * type.size);
  const pattern = (byte: bigint, step: bigint): bigint =>
    Array.from({ length: type.size }, (_, index) => byte + step * BigInt(index)).reduce(
      (sum, next) => (sum << 8n) | next,
      0n,
    );
  const named: NamedValue[] = [
    { name: 'zero', value: 0n },
    { name: 'one', value: 1n },
    { name: 'max', value: maximum(type) },
    { name: 'min', value: minimum(type) },
    { name: 'minus_one', value: -1n },
    { name: 'sign_bit', value: 1n << (bits - 1n) },
    { name: 'below_sign_bit', value: (1n << (bits - 1n)) - 1n },
    { name: 'ascending', value: pattern(0x12n, 0x11n) },
    { name: 'descending', value: pattern(0xf1n, -0x11n) },
    { name: 'alternating_55', value: pattern(0x55n, 0n) },
    { name: 'alternating_aa', value: pattern(0xaan, 0n) },
    // Where a number of JavaScript, or half of the value, would lose something.
    { name: 'two_to_31', value: 1n << 31n },
    { name: 'two_to_32', value: 1n << 32n },
    { name: 'two_to_53_plus_1', value: (1n << 53n) + 1n },
  ];
  const seen = new Set<bigint>();
  return named
    .map(({ name, value }) => ({ name, value: fit(type, name, value) }))
    .filter(({ value }) => value >= minimum(type) && value <= maximum(type))
    .filter(({ value }) => !seen.has(value) && seen.add(value));
}

/** Bit patterns become a signed type's negative values; true numbers stay as they are. */
function fit(type: Range, name: string, value: bigint): bigint {
  if (!type.signed || !/^(?:descending|alternating)/.test(name)) return value;
  return BigInt.asIntN(8 * type.size, value);
}

/** What an errno of a program becomes on the wire: its absolute value; the i32 minimum has none and becomes ERANGE. */
export function errnoBits(value: bigint): bigint {
  const erange = 34n;
  if (value === -(1n << 31n)) return erange;
  return value < 0n ? -value : value;
}

/** What a receiver makes of an errno's bits: the absolute value of the i32 that they are. */
export function errnoValue(bits: bigint): bigint {
  const signed = BigInt.asIntN(32, bits);
  return signed < 0n ? -signed : signed;
}

/** Values of an errno that a sender may hand over. */
export const errnoSent: readonly NamedValue[] = [
  { name: 'zero', value: 0n },
  { name: 'one', value: 1n },
  { name: 'minus_one', value: -1n },
  { name: 'minus_five', value: -5n },
  { name: 'enospc', value: 28n },
  { name: 'i32_max', value: (1n << 31n) - 1n },
  { name: 'minus_i32_max', value: -((1n << 31n) - 1n) },
  { name: 'i32_min', value: -(1n << 31n) },
  { name: 'two_to_31', value: 1n << 31n },
  { name: 'u32_max', value: (1n << 32n) - 1n },
];

/** Bits of an errno that may arrive. */
export const errnoReceived: readonly NamedValue[] = [
  { name: 'zero', value: 0n },
  { name: 'one', value: 1n },
  { name: 'enospc', value: 28n },
  { name: 'i32_max', value: 0x7fffffffn },
  { name: 'i32_min', value: 0x80000000n },
  { name: 'i32_min_plus_1', value: 0x80000001n },
  { name: 'minus_five', value: 0xfffffffbn },
  { name: 'minus_one', value: 0xffffffffn },
];
