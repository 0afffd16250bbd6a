/** What a case of the suite is: computed from a checked protocol, without any codec. */
import { type Values } from '../../../codegen/cases/packets.js';
import type { LocalVariant, Variant } from '../../../codegen/model/protocol.js';
import { integerMembers } from '../../../codegen/model/queries.js';

export type Policy = 'strict' | 'crosvm2018';

/** Integers of a message, as the line protocol writes them. */
export type Fields = Readonly<Record<string, number | string | readonly (number | string)[]>>;

interface CaseBase {
  /** Unique in its section. */
  readonly name: string;
  /** What it tries: `lengths`, `tags`, … */
  readonly group: string;
  readonly message: string;
}

/** A refusal, by the codes that all languages share. */
export type Refusal =
  | { readonly error: 'bad_size'; readonly size: number }
  | { readonly error: 'invalid_type' | 'expect_fd' | 'unexpected_fd' };

/** A message, and which of the offered descriptors it holds, by their place in the packet. */
export interface Accepted {
  readonly variant: string;
  readonly fields: Fields;
  readonly fds: readonly number[];
}

/** A packet that the suite makes by hand, for the peer to receive. */
export interface ReceiveCase extends CaseBase {
  readonly bytes: Uint8Array;
  /** How many descriptors come with it. */
  readonly fds: number;
  /** What the order says about room; undefined leaves it to the schema. */
  readonly maxFds?: number | undefined;
  readonly expected: Refusal | Accepted;
}

/** A message that the peer is told to send. */
export interface SendCase extends CaseBase {
  readonly variant: string;
  readonly fields: Fields;
  readonly fds: number;
  /** The bytes, or why nothing is sent. */
  readonly expected: Refusal | { readonly bytes: Uint8Array };
  /** What a receiver makes of it, if it is sent. */
  readonly received?: { readonly variant: string; readonly fields: Fields } | undefined;
}

/** Values as the line protocol writes them: 64-bit integers are decimal strings. */
export function fieldsOf(variant: Variant | LocalVariant, values: Values): Fields {
  return Object.fromEntries(
    integerMembers(variant).map((member) => {
      const elements = (values.get(member.name) ?? []).map((value) =>
        member.size === 8 ? String(value) : Number(value),
      );
      return [member.name, member.count === undefined ? (elements[0] ?? 0) : elements];
    }),
  );
}
