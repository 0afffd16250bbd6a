/** Messages of any protocol as JSON, by the description that their codec carries. */
import type {
  AnyMessage,
  Descriptor,
  MemberValue,
  MessageDescription,
  Variant,
} from '../../../../runtime/codec/index.js';

/** Fields as they travel on the line protocol: 64-bit integers are decimal strings. */
export type JsonFields = Readonly<Record<string, unknown>>;

/** An order that names what the protocol does not have, or lacks what it needs. */
export class BadOrder extends Error {}

/** The variant of this name. @throws BadOrder */
export function variantNamed(message: MessageDescription, name: unknown): Variant {
  const variant = message.variants.find((each) => each.name === name);
  if (variant === undefined) throw new BadOrder(`${message.name} has no variant ${String(name)}`);
  return variant;
}

/** A message from JSON; descriptors beyond the end of the list are missing. @throws BadOrder */
export function fromJson(
  variant: Variant,
  fields: JsonFields,
  fds: readonly Descriptor[],
): AnyMessage {
  const remaining = [...fds];
  const members = variant.members.map((member): [string, MemberValue<Descriptor>] => [
    member.key,
    member.kind === 'descriptor'
      ? remaining.shift()
      : integers(member.size === 8, fields[member.name], member.name),
  ]);
  return { ...Object.fromEntries(members), type: variant.key };
}

function integers(wide: boolean, value: unknown, name: string): MemberValue<Descriptor> {
  if (wide)
    return Array.isArray(value)
      ? value.map((each) => wideInteger(each, name))
      : wideInteger(value, name);
  return Array.isArray(value) ? value.map((each) => integer(each, name)) : integer(value, name);
}

function wideInteger(value: unknown, name: string): bigint {
  if (typeof value === 'string' && /^-?\d+$/.test(value)) return BigInt(value);
  throw new BadOrder(`${name}: ${JSON.stringify(value)} is no decimal string`);
}

function integer(value: unknown, name: string): number {
  if (Number.isInteger(value)) return Number(value);
  throw new BadOrder(`${name}: ${JSON.stringify(value)} is no integer`);
}

/** The message's variant, integers and descriptors. */
export function toJson<Fd extends Descriptor>(
  message: MessageDescription,
  value: AnyMessage<Fd>,
): { variant: string; fields: JsonFields; fds: Fd[] } {
  const variant = message.variants.find(({ key }) => key === value.type);
  if (variant === undefined) throw new Error(`${message.name} has no variant ${value.type}`);
  const fields: Record<string, unknown> = {};
  const fds: Fd[] = [];
  for (const member of variant.members) {
    const held = value[member.key];
    if (member.kind === 'integer') {
      const wide = member.size === 8;
      fields[member.name] = wide ? (Array.isArray(held) ? held.map(String) : String(held)) : held;
    } else if (held !== undefined) {
      fds.push(held as Fd); // The description says that this member is a descriptor.
    }
  }
  return { variant: variant.name, fields, fds };
}
