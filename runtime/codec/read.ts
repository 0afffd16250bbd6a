/** What generated decoders read in a faster way than a DataView does. */

/**
 * An unsigned integer of 8 bytes. Where its upper half is zero, as in most sizes and page numbers, the
 * bigint is made of a number, which V8 compiles in place; `getBigUint64` was a call of its own until
 * Node 22.
 */
export function readU8(view: DataView, at: number, littleEndian: boolean): bigint {
  const upper = view.getUint32(littleEndian ? at + 4 : at, littleEndian);
  if (upper !== 0) return view.getBigUint64(at, littleEndian);
  return BigInt(view.getUint32(littleEndian ? at : at + 4, littleEndian));
}
