/** Holds a protocol and its generated codec against what was observed of the real code. */
import * as assert from 'uvu/assert';
import type { Protocol } from '../../../codegen/model/protocol.js';
import { codecOf } from '../oracle/codec-of.js';
import { maxFds } from '../../../codegen/model/queries.js';
import type { ObservedMessage, ObservedRevision } from './observed.js';

/** Sizes, offsets, tags and numbers of descriptors; every packet is read, and written again. */
export function agrees(protocol: Protocol, codecs: object, revision: ObservedRevision): void {
  for (const expected of revision.messages) {
    layoutAgrees(protocol, expected);
    const codec = codecOf(codecs, expected.name);
    for (const { message, fds, hex } of expected.packets) {
      const given = Array.from({ length: fds }, (_, index) => ({ fd: 100 + index }));
      const bytes = Uint8Array.from(Buffer.from(hex, 'hex'));
      const decoded = codec.decode(new DataView(bytes.buffer), bytes.length, [...given]);
      const buffer = Buffer.alloc(expected.size, 0xff);
      const view = new DataView(buffer.buffer, buffer.byteOffset, buffer.length);
      assert.equal(codec.encode(decoded, view, 0), given, message);
      assert.is(buffer.toString('hex'), hex, message);
    }
    assert.ok(expected.packets.length >= expected.variants.length);
  }
}

function layoutAgrees({ messages }: Protocol, expected: ObservedMessage): void {
  const message = messages.find(({ name }) => name === expected.name);
  assert.ok(message, expected.name);
  assert.is(message.wire.size, expected.size);
  for (const { name, offset, size } of expected.fields) {
    const step = message.wire.struct.find(
      (each) => each.kind !== 'zeros' && each.member.name === name,
    );
    // What the real code declares but never uses is padding here.
    if (step === undefined) assert.is(name, 'padding');
    else assert.equal([step.offset, step.size], [offset, size], name);
  }
  const variants = message.variants.map((variant) => ({
    tag: Number(variant.tag),
    name: variant.name,
    fds: maxFds(variant),
  }));
  assert.equal(variants, expected.variants);
}
