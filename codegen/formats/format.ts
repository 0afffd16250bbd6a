/**
 * What a wire format is: everything that depends on how packets lie, and nothing else.
 *
 * A format turns a message that was read into a `Wire` (`model/packet.ts`). Emitters never ask for a
 * format: they take what a message means from its shape (`model/protocol.ts`), and how it travels
 * from the steps of its wire. So a language is its types and one back end for each kind of wire, and
 * a format of bytes needs no line in any language.
 *
 * To add one: write its folder beside `struct/`, and list it in `index.ts`. If its packets are no
 * sequence of steps, give `Wire` another kind, and follow the compiler's errors.
 */
import type { DecodeVector } from '../cases/vector-file.js';
import type { WireRules } from '../diff/flow.js';
import type { Endian, IntegerMember, Location, Message, Variant } from '../model/protocol.js';
import type { Wire } from '../model/packet.js';
import type { Reporter } from '../report/diagnostics.js';

export interface Format {
  /** As in the schema: `-vmwire: { format: struct }`. */
  readonly name: string;
  readonly keys: FormatKeys;
  /** Lays a message. Reports all mistakes at once; after one, what it returns means nothing. */
  lay(draft: Draft, report: Reporter): Wire;
  /** Packets that no variant sends, and what a receiver says to them. */
  edgeCases(message: Message): readonly DecodeVector[];
  /** What a change of the message does on this wire. */
  readonly compare: WireRules;
}

/** What a schema says for the format's sake. */
export interface FormatKeys {
  /** Keys that the `-vmwire` of a message must have, with what each is for. */
  readonly message: Readonly<Record<string, string>>;
}

/** A message as it was read, without its wire. */
export interface Draft {
  readonly name: string;
  readonly tag: IntegerMember;
  readonly variants: readonly Variant[];
  /** In the order of the schema's `seq`, without descriptors. */
  readonly fields: readonly Field[];
  /** Whether these are all of them, so that their sizes add up to something. */
  readonly complete: boolean;
  /** The bytes of a packet, as the schema says. */
  readonly size: { readonly value: bigint; readonly location: Location };
}

/** Bytes with a meaning, or without one. */
export type Field =
  | { readonly kind: 'integer'; readonly member: IntegerMember; readonly endian: Endian }
  | { readonly kind: 'padding'; readonly size: number; readonly location: Location };
