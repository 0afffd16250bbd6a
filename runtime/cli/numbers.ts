/** Numbers as users write them. */
import { UsageError } from './failure.js';

/** A decimal or hexadecimal integer. @throws UsageError */
export function integer(what: string, text: string, least: number, most: number): number {
  const [, sign, digits] = /^(-?)(\d+|0x[\da-f]+)$/i.exec(text) ?? [];
  const value = sign === '-' ? -Number(digits) : Number(digits);
  if (Number.isSafeInteger(value) && value >= least && value <= most) return value;
  const given = JSON.stringify(text);
  throw new UsageError(`${what} is an integer from ${least} to ${most}, not ${given}`);
}

const units: Readonly<Record<string, number>> = { K: 1024, M: 1024 ** 2, G: 1024 ** 3 };

/** Bytes: a number, or one with K, M or G (powers of 1024). @throws UsageError */
export function bytes(what: string, text: string): number {
  const [, digits, unit = ''] = /^(\d+)([KMG]?)$/i.exec(text) ?? [];
  const value = Number(digits) * (units[unit.toUpperCase()] ?? 1);
  if (Number.isSafeInteger(value) && value > 0) return value;
  const given = JSON.stringify(text);
  throw new UsageError(`${what} is a number of bytes, such as 4096 or 64K, not ${given}`);
}

/** A time in seconds, as milliseconds. @throws UsageError */
export function milliseconds(what: string, text: string): number {
  const value = /^\d*\.?\d+$/.test(text) ? Math.ceil(Number(text) * 1000) : Number.NaN;
  if (value >= 1 && value <= 2 ** 31 - 1) return value;
  throw new UsageError(`${what} is a number of seconds above 0, not ${JSON.stringify(text)}`);
}
