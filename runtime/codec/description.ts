/** The description of a protocol that generated code carries for programs that work on any protocol. */
import type { Descriptor } from './descriptor.js';
import type { Policy } from './policy.js';

/** The version of the contract between generated code and this package. */
export const contractVersion = 1;

/** What a descriptor is expected to be. Typing and documentation: the codec does not inspect it. */
export type DescriptorKind = 'shared_memory' | 'eventfd' | 'dmabuf' | 'any';

/** Names of one thing: in the schema (and on golden vectors), and in TypeScript. */
export interface Named {
  /** As in the schema: `register_memory`. */
  readonly name: string;
  /** As in TypeScript: `registerMemory`. */
  readonly key: string;
  /** The schema's documentation, or an empty string. */
  readonly doc: string;
}

/** An integer, or an array of integers, at a fixed offset. */
export interface IntegerMember extends Named {
  readonly kind: 'integer';
  /** Bytes from the start of the message. */
  readonly offset: number;
  /** Bytes of one element. */
  readonly size: 1 | 2 | 4 | 8;
  readonly signed: boolean;
  readonly littleEndian: boolean;
  /** The number of elements if it is an array. */
  readonly count?: number | undefined;
  /** What it counts: `bytes`, `pages`, … */
  readonly unit?: string | undefined;
  /** Whether it is an errno: its absolute value travels. */
  readonly errno: boolean;
  /** The enum whose values it holds, if any. Enums are open: other numbers are valid. */
  readonly values?: readonly EnumValue[] | undefined;
}

/** A descriptor that travels beside the bytes. */
export interface DescriptorMember extends Named {
  readonly kind: 'descriptor';
  readonly descriptor: DescriptorKind;
  readonly optional: boolean;
}

export type Member = IntegerMember | DescriptorMember;

/** A named value of an enum. */
export interface EnumValue extends Named {
  readonly value: number | bigint;
}

/** One variant of a message. */
export interface Variant extends Named {
  /** The tag on the wire; a local-only variant, which can't be sent, has none. */
  readonly tag?: number | bigint | undefined;
  /** The members that it uses, in order. Others are sent as zero and ignored on receipt. */
  readonly members: readonly Member[];
  /** How many descriptors it needs at least, and takes at most. */
  readonly minFds: number;
  readonly maxFds: number;
  /** The name of the variant of the response message that answers it, if the protocol says so. */
  readonly response?: string | undefined;
}

/** One message: a tagged union in a struct of fixed size. */
export interface MessageDescription extends Named {
  /** Bytes. */
  readonly size: number;
  /** The member that tells the variants apart. */
  readonly tag: IntegerMember;
  /** Everything between the members: offset and length in bytes, sent as zero. */
  readonly padding: readonly { readonly offset: number; readonly size: number }[];
  readonly variants: readonly Variant[];
  /** Tags that must never be used again. */
  readonly reserved: readonly (number | bigint)[];
}

/** A value of a member: descriptors are `Fd`. */
export type MemberValue<Fd extends Descriptor> =
  number | bigint | readonly number[] | readonly bigint[] | Fd | undefined;

/** Any message of any protocol: its variant, and its members by their TypeScript names. */
export interface AnyMessage<Fd extends Descriptor = Descriptor> {
  readonly type: string;
  readonly [member: string]: MemberValue<Fd> | string;
}

/** A message's codec for programs that work on any protocol. The typed functions are the same ones. */
export interface MessageCodec {
  readonly description: MessageDescription;
  /**
   * Writes the message's bytes at `offset` and returns the descriptors to send with it, borrowed.
   *
   * @throws ProtocolError `invalidType` if the variant is local-only or unknown
   * @throws FieldValueError if a member does not fit
   */
  readonly encode: (message: AnyMessage, view: DataView, offset: number) => readonly Descriptor[];
  /**
   * Reads the message that lies at the start of `view` in a packet of `length` bytes, and takes out
   * of `fds` what the message keeps. What remains in `fds` is the caller's to close.
   *
   * @throws ProtocolError `badSize`, `invalidType`, `expectFd` or `unexpectedFd`; `fds` is untouched
   */
  readonly decode: <Fd extends Descriptor>(
    view: DataView,
    length: number,
    fds: Fd[],
    policy?: Policy,
  ) => AnyMessage<Fd>;
}

/** A protocol: its messages, and which one answers which. */
export interface ProtocolDescription extends Named {
  readonly contract: typeof contractVersion;
  readonly title: string;
  readonly transport: 'datagram' | 'seqpacket';
  /** How many descriptors a message carries at most. */
  readonly maxFds: number;
  readonly exchange:
    | {
        /** The name of the request message, of the response message, and of the response that is an error. */
        readonly request: string;
        readonly response: string;
        readonly error: string;
      }
    | undefined;
  readonly messages: readonly MessageCodec[];
}
