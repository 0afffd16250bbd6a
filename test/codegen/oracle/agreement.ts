/** Holds a generated codec, packets composed by hand and Kaitai's decoder against one another. */
import * as fc from 'fast-check';
import * as assert from 'uvu/assert';
import { hex, packet, received, sent, type Values } from '../../../codegen/cases/packets.js';
import { camelCase } from '../../../codegen/model/names.js';
import type { IntegerMember, Message, Variant } from '../../../codegen/model/protocol.js';
import type { AnyMessage, MemberValue, MessageCodec } from '../../../runtime/codec/index.js';
import type { KaitaiDecoder } from '../kaitai-decoder.js';
import {
  maximum,
  minimum,
  descriptorMembers,
  integerMembers,
} from '../../../codegen/model/queries.js';

/** A member's elements, as the bits that travel. */
function elements(member: IntegerMember): fc.Arbitrary<readonly bigint[]> {
  const count = member.count ?? 1;
  const element = fc.bigInt({ min: minimum(member), max: maximum(member) });
  return fc.array(element, { minLength: count, maxLength: count });
}

/** A variant, and a value for each of its integer members. */
export function variantAndValues(message: Message): fc.Arbitrary<readonly [Variant, Values]> {
  return fc.constantFrom(...message.variants).chain((variant) => {
    const members = integerMembers(variant);
    return fc
      .tuple(...members.map(elements))
      .map((all) => [variant, new Map(members.map(({ name }, at) => [name, all[at] ?? []]))]);
  });
}

/**
 * Our decoder and Kaitai's read the same in the packet that holds the values; our encoder writes it
 * again, but for an errno's sign.
 */
export function agree(
  message: Message,
  variant: Variant,
  values: Values,
  codec: MessageCodec,
  kaitai: KaitaiDecoder,
): void {
  const arrived = Uint8Array.from(packet(message, variant, values));
  rawFieldsAgree(message, variant, values, kaitai(message.name, arrived));

  const fds = descriptorMembers(variant).map((_, index) => ({ fd: 100 + index }));
  const given = [...fds];
  const view = new DataView(arrived.buffer);
  const decoded = codec.decode(view, arrived.length, given);
  const expected = asMessage(variant, received(variant, values), codec, fds);
  assert.equal({ ...decoded }, expected, variant.name);
  assert.is(given.length, 0);

  const again = sent(variant, received(variant, values));
  const buffer = new Uint8Array(arrived.length).fill(0x5a);
  const lent = codec.encode(decoded, new DataView(buffer.buffer), 0);
  assert.is(hex([...buffer]), hex(packet(message, variant, again)), variant.name);
  assert.ok(lent.length === fds.length && lent.every((fd, at) => fd === fds[at]));
  rawFieldsAgree(message, variant, again, kaitai(message.name, buffer));
}

/** To the bit: the tag and each member are what Kaitai read. */
export function rawFieldsAgree(
  message: Message,
  variant: Variant,
  values: Values,
  raw: Readonly<Record<string, unknown>>,
): void {
  assert.is(BigInt(String(raw[camelCase(message.tag.name)])), variant.tag, 'the tag');
  for (const member of integerMembers(variant)) {
    const read = raw[camelCase(member.name)];
    const list: readonly unknown[] = Array.isArray(read) ? read : [read];
    assert.equal(list.map(String), values.get(member.name)?.map(String), member.name);
  }
}

function asMessage(
  variant: Variant,
  values: Values,
  { description }: MessageCodec,
  fds: readonly { readonly fd: number }[],
): AnyMessage {
  const described = description.variants.find(({ name }) => name === variant.name);
  assert.ok(described, variant.name);
  const rest = [...fds];
  const entries = described.members.map(({ kind, name, key }) => [
    key,
    kind === 'descriptor' ? rest.shift() : valueOf(variant, name, values),
  ]);
  return { type: described.key, ...Object.fromEntries(entries) };
}

function valueOf(
  variant: Variant,
  name: string,
  values: Values,
): MemberValue<{ readonly fd: number }> {
  const member = integerMembers(variant).find((each) => each.name === name);
  const all = values.get(name) ?? [];
  if (member?.size === 8) return member.count === undefined ? all[0] : all;
  return member?.count === undefined ? Number(all[0]) : all.map(Number);
}
