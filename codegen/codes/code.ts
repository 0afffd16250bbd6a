/** What a diagnostic's code means, with an example of the mistake and of its cure. */

export interface CodeDescription {
  /** The mistake in a few words. */
  readonly title: string;
  /** Why it is one, and what to do. */
  readonly explanation: string;
  readonly example: CodeExample;
}

/**
 * A piece of the example schema, wrong and right. The piece that `replaces` names is exchanged
 * for each of them, and the tests hold that `bad` then has this code and `good` has none.
 * Without `replaces` both are whole files. An example that can't be a schema's text is in words.
 */
export type CodeExample =
  | { readonly replaces?: string; readonly bad: string; readonly good: string }
  | { readonly words: string };

/** A small schema that makes sense; the examples change a piece of it. */
export const exampleSchema = `meta: { id: example, endian: le }
-vmwire:
  format: struct
  transport: seqpacket
  max_fds: 1
  exchange: { request: request, response: response, error: failed }
types:
  request:
    -vmwire: { tag: type, size: 8 }
    seq:
      - { id: type, type: u4, enum: request_type }
      - { id: length, type: u4 }
      - { id: memory, size: 0, -vmwire: { fd: shared_memory } }
  response:
    -vmwire: { tag: type, size: 8 }
    seq:
      - { id: type, type: u4, enum: response_type }
      - { id: reason, type: u4, -vmwire: { errno: true } }
enums:
  request_type:
    1: { id: share, -vmwire: { fields: [memory, length], response: done } }
  response_type:
    1: { id: done }
    2: { id: failed, -vmwire: { fields: [reason] } }
`;

/** The whole file that an example's piece makes. */
export function exampleFile(replaces: string | undefined, piece: string): string {
  if (replaces === undefined) return piece;
  if (!exampleSchema.includes(replaces)) throw new RangeError(`no such piece: ${replaces}`);
  // A function, because `$` means something in a replacement text.
  return exampleSchema.replace(replaces, () => piece);
}
