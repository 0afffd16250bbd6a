/** The checked, readonly representation of a protocol: what its messages mean. How they travel is their `wire`. */
import type { Wire } from './packet.js';

/** A place in a schema file. Lines and columns count from 1; `length` is how much the caret underlines. */
export interface Location {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly length: number;
}

/** Whatever the schema names. Names are in snake_case, as in the schema. */
export interface Node {
  readonly name: string;
  /** Plain text, trimmed, perhaps with line breaks; empty if the schema says nothing. */
  readonly doc: string;
  readonly location: Location;
}

export type Endian = 'little' | 'big';
export type IntegerSize = 1 | 2 | 4 | 8;
export type DescriptorKind = 'shared_memory' | 'eventfd' | 'dmabuf' | 'any';

/** An integer, or an array of integers if it has a `count`. */
export interface IntegerMember extends Node {
  readonly kind: 'integer';
  /** Bytes of one element. */
  readonly size: IntegerSize;
  readonly signed: boolean;
  /** The number of elements of an array (at least 1), else undefined. */
  readonly count: number | undefined;
  readonly unit: string | undefined;
  /** The absolute value of an errno travels (unsigned, 4 bytes, no array). */
  readonly errno: boolean;
  /** The open enum that names some of its values. */
  readonly enum: EnumType | undefined;
}

/** A descriptor that travels beside the bytes. */
export interface DescriptorMember extends Node {
  readonly kind: 'descriptor';
  readonly descriptor: DescriptorKind;
  readonly optional: boolean;
}

export type Member = IntegerMember | DescriptorMember;

export interface EnumValue extends Node {
  readonly value: bigint;
}

/** An enum that is not a tag: an open number with some named values, in ascending order. */
export interface EnumType extends Node {
  readonly values: readonly EnumValue[];
}

/** A variant with a tag. */
export interface Variant extends Node {
  readonly tag: bigint;
  /** In the order of the variant's `fields`; descriptors travel in this order. */
  readonly members: readonly Member[];
  /** The variant of the exchange's response that answers it, if the schema says. */
  readonly response: string | undefined;
}

/** A variant without a tag: it is executed locally and can't be sent. */
export interface LocalVariant extends Node {
  readonly members: readonly Member[];
  readonly response: string | undefined;
}

/** A tagged union. */
export interface Message extends Node {
  /** The integer member that holds the tag; no variant lists it among its members. */
  readonly tag: IntegerMember;
  /** Every member but the tag, in the order of the schema's `seq`. */
  readonly members: readonly Member[];
  /** In ascending order of tag. */
  readonly variants: readonly Variant[];
  /** In the order of the schema. */
  readonly locals: readonly LocalVariant[];
  /** Tags that must never be used again, ascending. */
  readonly reserved: readonly bigint[];
  /** How it travels: all that depends on the format. */
  readonly wire: Wire;
}

export interface Exchange {
  readonly request: Message;
  readonly response: Message;
  /** The variant of the response that reports an error. */
  readonly error: Variant;
}

export interface Protocol extends Node {
  readonly title: string;
  /** The name of the wire format, which has laid the messages. */
  readonly format: string;
  readonly transport: 'datagram' | 'seqpacket';
  readonly maxFds: number;
  readonly exchange: Exchange | undefined;
  /** Enums that are not tags, in the order of the schema. */
  readonly enums: readonly EnumType[];
  /** In the order of the schema. */
  readonly messages: readonly Message[];
}
