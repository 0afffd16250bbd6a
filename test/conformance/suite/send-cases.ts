/** Messages that a peer is told to send, from any schema, and the bytes that must come out. */
import {
  localSampleValues,
  packet,
  received,
  sampleValues,
  sent,
} from '../../../codegen/cases/packets.js';
import type { LocalVariant, Message, Protocol, Variant } from '../../../codegen/model/protocol.js';
import { maxFds, minFds } from '../../../codegen/model/queries.js';
import { fieldsOf, type Refusal, type SendCase } from './cases.js';
import { type NamedValues, valuesOf } from './values.js';

/** Every message that the suite orders a sender to send. */
export function sendCases(protocol: Protocol): SendCase[] {
  return protocol.messages.flatMap((message) => [
    ...message.variants.flatMap((variant) => [
      ...valuesOf(message, variant, 'sent').map((given) =>
        sendCase(message, variant, given, maxFds(variant), 'values'),
      ),
      ...descriptorCases(message, variant),
    ]),
    ...message.locals.map((local) => localCase(message, local)),
  ]);
}

/** Those that are really sent: what one peer tells another. */
export function pairCases(protocol: Protocol): SendCase[] {
  return sendCases(protocol).filter(({ received: arrives }) => arrives !== undefined);
}

function sendCase(
  message: Message,
  variant: Variant,
  { name, values }: NamedValues,
  fds: number,
  group: string,
): SendCase {
  const travelling = sent(variant, values);
  const refused = refusedFor(variant, fds);
  return {
    group,
    name: `${message.name} ${variant.name}${name} fds=${fds}`,
    message: message.name,
    variant: variant.name,
    fields: fieldsOf(variant, values),
    fds,
    expected: refused ?? { bytes: Uint8Array.from(packet(message, variant, travelling)) },
    received:
      refused === undefined
        ? { variant: variant.name, fields: fieldsOf(variant, received(variant, travelling)) }
        : undefined,
  };
}

function refusedFor(variant: Variant, fds: number): Refusal | undefined {
  if (fds < minFds(variant)) return { error: 'expect_fd' };
  return fds > maxFds(variant) ? { error: 'unexpected_fd' } : undefined;
}

function descriptorCases(message: Message, variant: Variant): SendCase[] {
  const counts = new Set([0, 1, 2, 3, 253, maxFds(variant) + 1]);
  counts.delete(maxFds(variant));
  const given = { name: '', values: sampleValues(message, variant) };
  return [...counts].map((fds) => sendCase(message, variant, given, fds, 'descriptors'));
}

/** A variant without a tag can't be sent. */
function localCase(message: Message, local: LocalVariant): SendCase {
  return {
    group: 'local variants',
    name: `${message.name} ${local.name} never travels`,
    message: message.name,
    variant: local.name,
    fields: fieldsOf(local, localSampleValues(message, local)),
    fds: maxFds(local),
    expected: { error: 'invalid_type' },
  };
}
