/** The format of golden vectors: `vectors.json` beside each generated codec, read by every language. */

/** `generated/<protocol>/vectors.json`. */
export interface VectorFile {
  /** The protocol's id in the schema. */
  readonly protocol: string;
  readonly maxFds: number;
  readonly vectors: readonly Vector[];
}

/**
 * One golden case.
 *
 * 64-bit integers are decimal strings, smaller ones numbers, arrays are arrays; names are the
 * schema's. Descriptors are stand-ins numbered from 0 in the order in which they travel.
 */
export type Vector = EncodeVector | DecodeVector;

interface VectorBase {
  /** Unique in its file: `decode vm_request register_memory size=max`. */
  readonly name: string;
  readonly message: string;
}

/**
 * A value of a message: all integer members of its variant, and in `fds` how many descriptors it
 * holds (the first ones of the variant's; fewer than it needs is `expect_fd`).
 *
 * An errno is what a program hands over (any number from -2^31 to 2^32-1) or gets (0 to 2^31).
 */
export interface VectorValue {
  readonly variant: string;
  readonly fields: Readonly<Record<string, VectorField>>;
  readonly fds: number;
}

export type VectorField = number | string | readonly number[] | readonly string[];

/** Encoding `value` gives exactly `bytes` (lower-case hex) and `value.fds` descriptors, or fails. */
export interface EncodeVector extends VectorBase {
  readonly op: 'encode';
  readonly value: VectorValue;
  readonly result: { readonly bytes: string } | { readonly error: 'invalid_type' | 'expect_fd' };
}

/**
 * Decoding `bytes` that arrived with `fds` descriptors gives `value`, or fails.
 *
 * `kept` lists the descriptors that the message keeps; the receiver closes all others, and on an
 * error all of them. If `length` exceeds `bytes`, zeros follow (long packets are not spelled out).
 */
export interface DecodeVector extends VectorBase {
  readonly op: 'decode';
  readonly policy: 'strict' | 'crosvm2018';
  readonly bytes: string;
  /** The length of the packet in bytes: at least as long as `bytes`. */
  readonly length: number;
  readonly fds: number;
  readonly result:
    | { readonly value: VectorValue; readonly kept: readonly number[] }
    | { readonly error: 'bad_size'; readonly size: number }
    | { readonly error: 'invalid_type' | 'expect_fd' | 'unexpected_fd' };
}
