/** Parts of golden vectors: a variant's value, and a packet that is refused. */
import { hex, type Values } from './packets.js';
import type { DecodeVector, VectorField, VectorValue } from './vector-file.js';
import type { IntegerMember, Message } from '../model/protocol.js';
import { type AnyVariant, integerMembers } from '../model/queries.js';

export type Policy = DecodeVector['policy'];
export type Refusal = Extract<DecodeVector['result'], { error: string }>;
export const policies: readonly Policy[] = ['strict', 'crosvm2018'];

export function refusal(
  message: Message,
  name: string,
  policy: Policy,
  bytes: readonly number[],
  fds: number,
  result: Refusal,
): DecodeVector {
  return {
    name: `decode ${message.name} ${name} fds=${fds} ${policy}`,
    op: 'decode',
    message: message.name,
    policy,
    bytes: hex(bytes),
    length: bytes.length,
    fds,
    result,
  };
}

export function valueOfVariant(variant: AnyVariant, values: Values, fds: number): VectorValue {
  return {
    variant: variant.name,
    fields: Object.fromEntries(
      integerMembers(variant).map((member) => [
        member.name,
        vectorField(member, values.get(member.name) ?? []),
      ]),
    ),
    fds,
  };
}

function vectorField(member: IntegerMember, values: readonly bigint[]): VectorField {
  if (member.size === 8) {
    const strings = values.map(String);
    return member.count === undefined ? (strings[0] ?? '0') : strings;
  }
  const numbers = values.map(Number);
  return member.count === undefined ? (numbers[0] ?? 0) : numbers;
}
