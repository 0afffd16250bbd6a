/** The tables of integers in generated tests: values with their bytes, and values to refuse, as TypeScript. */
import {
  boundaryValues,
  bytesOf,
  errnoBits,
  errnoReceived,
  errnoSent,
  errnoValue,
} from '../../cases/integers.js';
import { hex } from '../../cases/packets.js';
import type { IntegerStep, WireInteger } from '../../model/packet.js';
import { maximum, minimum } from '../../model/queries.js';

/** A value as a TypeScript literal, and its bytes in hex. */
export type Row = readonly [literal: string, bytes: string];

export interface IntegerTable {
  readonly sent: readonly Row[];
  readonly received: readonly Row[];
  /** Literals of values that the type can't hold. */
  readonly refused: readonly string[];
}

/** `u4le`, `s8be`, `errnole`. */
export function integerTableName({ type, member }: IntegerStep): string {
  const endian = type.endian === 'little' ? 'le' : 'be';
  if (member.errno) return `errno_${endian}`;
  return `${type.signed ? 's' : 'u'}${type.size}${type.size === 1 ? '' : endian}`;
}

export function integerTable({ type, member }: IntegerStep): IntegerTable {
  const row = (value: bigint, bits: bigint): Row => [
    literal(type, value),
    hex(bytesOf(type, bits)),
  ];
  if (member.errno) {
    return {
      sent: errnoSent.map(({ value }) => row(value, errnoBits(value))),
      received: errnoReceived.map(({ value }) => row(errnoValue(value), value)),
      refused: refused(type, -(1n << 31n), (1n << 32n) - 1n),
    };
  }
  const rows = boundaryValues(type).map(({ value }) => row(value, value));
  return { sent: rows, received: rows, refused: refused(type, minimum(type), maximum(type)) };
}

function refused(type: WireInteger, least: bigint, most: bigint): string[] {
  const outside = [literal(type, least - 1n), literal(type, most + 1n)];
  const wrongKind = type.size === 8 ? ['0', 'NaN'] : ['0n', '0.5', 'NaN', 'Infinity'];
  return [...outside, ...wrongKind, "'0'", 'undefined'];
}

/** 8 bytes are a bigint, fewer a number. */
export function literal(type: Pick<WireInteger, 'size'>, value: bigint): string {
  const digits = value < 0n ? -value : value;
  const text = digits > 0xffffn ? `0x${digits.toString(16)}` : String(digits);
  return `${value < 0n ? '-' : ''}${text}${type.size === 8 ? 'n' : ''}`;
}
