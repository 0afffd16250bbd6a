/** C structs as tables: one table gives the type, reads, writes, and is compared with the headers. */
import { errno } from './errno.js';

type Small = 'u8' | 'u16' | 'u32' | 's32';
type Large = 'u64' | 's64';
type Integer = Small | Large;

export interface IntegerField<T extends Integer> {
  readonly kind: 'integer';
  readonly type: T;
  readonly offset: number;
}

export interface ArrayField<T extends Integer> {
  readonly kind: 'array';
  readonly type: T;
  readonly offset: number;
  readonly count: number;
}

export interface BytesField {
  readonly kind: 'bytes';
  readonly offset: number;
  readonly count: number;
}

export interface StructField<F extends Fields> {
  readonly kind: 'struct';
  readonly offset: number;
  readonly fields: F;
}

type Field =
  | IntegerField<Small>
  | IntegerField<Large>
  | ArrayField<Small>
  | ArrayField<Large>
  | BytesField
  | StructField<Fields>;
export interface Fields {
  readonly [name: string]: Field;
}

type Element<T extends Integer> = T extends Large ? bigint : number;

type FieldValue<F> =
  F extends IntegerField<infer T>
    ? Element<T>
    : F extends ArrayField<infer T>
      ? Element<T>[]
      : F extends BytesField
        ? Uint8Array
        : F extends StructField<infer S>
          ? FieldValues<S>
          : never;

export type FieldValues<F extends Fields> = { [K in keyof F]: FieldValue<F[K]> };

/** A struct of the C interface: its size, and where each member lies, by its name in camelCase. */
export interface Struct<F extends Fields = Fields> {
  /** As in C, without `struct`. */
  readonly name: string;
  /** Bytes, without a flexible array at its end. */
  readonly size: number;
  readonly fields: F;
}

/** What a struct holds: 64-bit members are bigint, others number, arrays of bytes Uint8Array. */
export type StructValue<S extends Struct> = FieldValues<S['fields']>;

export const u8 = (offset: number): IntegerField<'u8'> => ({ kind: 'integer', type: 'u8', offset });
export const u16 = (offset: number): IntegerField<'u16'> => ({
  kind: 'integer',
  type: 'u16',
  offset,
});
export const u32 = (offset: number): IntegerField<'u32'> => ({
  kind: 'integer',
  type: 'u32',
  offset,
});
export const s32 = (offset: number): IntegerField<'s32'> => ({
  kind: 'integer',
  type: 's32',
  offset,
});
export const u64 = (offset: number): IntegerField<'u64'> => ({
  kind: 'integer',
  type: 'u64',
  offset,
});
export const s64 = (offset: number): IntegerField<'s64'> => ({
  kind: 'integer',
  type: 's64',
  offset,
});
export const u64Array = (offset: number, count: number): ArrayField<'u64'> => ({
  kind: 'array',
  type: 'u64',
  offset,
  count,
});
export const bytes = (offset: number, count: number): BytesField => ({
  kind: 'bytes',
  offset,
  count,
});
/** A struct within a struct; the offsets of its fields count from its own start. */
export const nested = <F extends Fields>(offset: number, fields: F): StructField<F> => ({
  kind: 'struct',
  offset,
  fields,
});

export function struct<F extends Fields>(name: string, size: number, fields: F): Struct<F> {
  return { name, size, fields };
}

const widths = { u8: 1, u16: 2, u32: 4, s32: 4, u64: 8, s64: 8 } as const;

function readInteger(type: Integer, view: DataView, at: number): number | bigint {
  switch (type) {
    case 'u8':
      return view.getUint8(at);
    case 'u16':
      return view.getUint16(at, true);
    case 'u32':
      return view.getUint32(at, true);
    case 's32':
      return view.getInt32(at, true);
    case 'u64':
      return view.getBigUint64(at, true);
    case 's64':
      return view.getBigInt64(at, true);
  }
}

/** A value that the member of a struct can't hold. Nothing has been handed to the kernel. */
export class StructValueError extends RangeError {
  override readonly name = 'StructValueError';
  readonly errno = errno.EINVAL;
  readonly code = 'EINVAL';
}

function badValue(name: string, value: unknown): StructValueError {
  return new StructValueError(`${name}: ${String(value)} does not fit`);
}

function writeSmall(type: Small, view: DataView, at: number, value: unknown, name: string): void {
  const bits = widths[type] * 8;
  const minimum = type === 's32' ? -(2 ** 31) : 0;
  const maximum = type === 's32' ? 2 ** 31 - 1 : 2 ** bits - 1;
  if (typeof value !== 'number' || !Number.isInteger(value) || value < minimum || value > maximum) {
    throw badValue(name, value);
  }
  if (type === 'u8') view.setUint8(at, value);
  else if (type === 'u16') view.setUint16(at, value, true);
  else view.setUint32(at, value, true);
}

function writeInteger(
  type: Integer,
  view: DataView,
  at: number,
  value: unknown,
  name: string,
): void {
  if (type !== 'u64' && type !== 's64') {
    writeSmall(type, view, at, value, name);
    return;
  }
  const fit = type === 'u64' ? BigInt.asUintN : BigInt.asIntN;
  if (typeof value !== 'bigint' || fit(64, value) !== value) throw badValue(name, value);
  view.setBigUint64(at, value, true);
}

type Value = number | bigint | (number | bigint)[] | Uint8Array | { [name: string]: Value };

function readField(field: Field, view: DataView, at: number): Value {
  const start = at + field.offset;
  switch (field.kind) {
    case 'integer':
      return readInteger(field.type, view, start);
    case 'array':
      return Array.from({ length: field.count }, (_, index) =>
        readInteger(field.type, view, start + index * widths[field.type]),
      );
    case 'bytes':
      return new Uint8Array(view.buffer, view.byteOffset + start, field.count).slice();
    case 'struct':
      return readFields(field.fields, view, start);
  }
}

function readFields(fields: Fields, view: DataView, at: number): { [name: string]: Value } {
  return Object.fromEntries(
    Object.entries(fields).map(([name, field]) => [name, readField(field, view, at)]),
  );
}

/** A sequence of exactly `count` elements, or an error that names the member. */
function checkCount<T extends { readonly length: number }>(
  value: T,
  count: number,
  name: string,
): T {
  if (value.length !== count) throw badValue(`${name} of ${count} elements`, value.length);
  return value;
}

function writeField(field: Field, view: DataView, at: number, value: unknown, name: string): void {
  const start = at + field.offset;
  if (field.kind === 'integer') {
    writeInteger(field.type, view, start, value, name);
  } else if (field.kind === 'struct') {
    if (typeof value !== 'object' || value === null) throw badValue(name, value);
    writeFields(field.fields, view, start, value, `${name}.`);
  } else if (field.kind === 'array') {
    if (!Array.isArray(value)) throw badValue(name, value);
    checkCount(value, field.count, name).forEach((element: unknown, index) => {
      writeInteger(
        field.type,
        view,
        start + index * widths[field.type],
        element,
        `${name}[${index}]`,
      );
    });
  } else {
    if (!(value instanceof Uint8Array)) throw badValue(name, value);
    const target = new Uint8Array(view.buffer, view.byteOffset + start, field.count);
    target.set(checkCount(value, field.count, name));
  }
}

function writeFields(
  fields: Fields,
  view: DataView,
  at: number,
  value: object,
  path: string,
): void {
  for (const [name, field] of Object.entries(fields)) {
    writeField(field, view, at, Reflect.get(value, name), path + name);
  }
}

/** The struct at `at`. */
export function readStruct<F extends Fields>(
  layout: Struct<F>,
  view: DataView,
  at = 0,
): FieldValues<F> {
  // The table built the type and the value alike: the compiler can't follow the loop.
  return readFields(layout.fields, view, at) as FieldValues<F>;
}

/**
 * Writes the struct at `at`; what its table does not name becomes zero.
 *
 * @throws StructValueError if a member is missing or does not fit
 */
export function writeStruct<F extends Fields>(
  layout: Struct<F>,
  view: DataView,
  at: number,
  value: FieldValues<F>,
): void {
  new Uint8Array(view.buffer, view.byteOffset + at, layout.size).fill(0);
  writeFields(layout.fields, view, at, value, `${layout.name}.`);
}
