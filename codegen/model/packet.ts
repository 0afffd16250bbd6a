/**
 * How a message travels: the wire, apart from what the message means.
 *
 * A format lays each message once (`formats/format.ts`). Whoever needs a byte asks here: the encoders
 * and decoders of every language, the pages, the tests, the cases and `diff` all follow the same
 * steps. A wire that is no sequence of bytes is another `kind` of `Wire`, and the compiler then names
 * every place that has to know it.
 */
import type { Endian, IntegerMember, IntegerSize, Location, Message, Variant } from './protocol.js';
import { type AnyVariant, travels } from './queries.js';

/** What decides how an integer lies in a packet. */
export interface WireInteger {
  readonly size: IntegerSize;
  readonly signed: boolean;
  readonly endian: Endian;
}

/** Some bytes of a packet that belong together. */
interface Place {
  /** Bytes from the start of the packet. */
  readonly offset: number;
  /** Bytes, at least one. */
  readonly size: number;
}

/** The number that tells which variant it is. */
export interface TagStep extends Place {
  readonly kind: 'tag';
  readonly member: IntegerMember;
  readonly type: WireInteger;
}

/** A member of the variant: an integer, or the elements of an array one after the other. */
export interface IntegerStep extends Place {
  readonly kind: 'integer';
  readonly member: IntegerMember;
  readonly type: WireInteger;
}

/** Bytes without a meaning: sent as zero, ignored when received. */
export interface ZerosStep extends Place {
  readonly kind: 'zeros';
  /** What lies there: members that the variant doesn't use, and `padding`. */
  readonly covers: readonly string[];
  readonly location: Location;
}

export type Step = TagStep | IntegerStep | ZerosStep;

/** Every byte, in order, without gaps: each step begins where the one before it ends. */
export type Plan = readonly Step[];

/** Packets are bytes whose places are known before one arrives. */
export interface BytesWire {
  readonly kind: 'bytes';
  /** The bytes of a packet. */
  readonly size: number;
  readonly tag: TagStep;
  /** What the packet of each variant holds, by the variant's name. Neighbouring zeros are one step. */
  readonly plans: ReadonlyMap<string, Plan>;
  /** All variants laid over each other: each member has one place. Each padding is a step of its own. */
  readonly struct: Plan;
}

export type Wire = BytesWire;

/** No packet is longer. */
export const maxPacketSize = 65_536;

/** Every byte of a variant's packet. */
export function planOf({ name, wire }: Message, variant: Variant): Plan {
  const plan = wire.plans.get(variant.name);
  if (plan === undefined) throw new Error(`${name} has no packet for ${variant.name}`);
  return plan;
}

/** The integers of a plan, without its tag. */
export function integerSteps(plan: Plan): readonly IntegerStep[] {
  return plan.filter((step) => step.kind === 'integer');
}

/** Where the plan puts a member. */
export function stepOf(plan: Plan, { name }: IntegerMember): IntegerStep {
  const step = integerSteps(plan).find(({ member }) => member.name === name);
  if (step === undefined) throw new Error(`${name} is not in the packet`);
  return step;
}

/**
 * The integer that carries a variant's member. A variant that never travels stays on its host, which
 * is little-endian.
 */
export function wireInteger(
  message: Message,
  variant: AnyVariant,
  member: IntegerMember,
): WireInteger {
  if (travels(variant)) return stepOf(planOf(message, variant), member).type;
  return { size: member.size, signed: member.signed, endian: 'little' };
}

/** An integer of the wire for people: `u8le`, `s4be[3]`, `u1`. */
export function typeText(
  { size, signed, endian }: WireInteger,
  { count }: IntegerMember,
  little = 'le',
): string {
  const order = size === 1 ? '' : endian === 'little' ? little : 'be';
  return `${signed ? 's' : 'u'}${size}${order}${count === undefined ? '' : `[${count}]`}`;
}
