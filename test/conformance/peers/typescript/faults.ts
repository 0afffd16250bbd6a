/** Faults on purpose, each of which the suite must name. A fault wraps the codec of every message. */
import type { MessageCodec, MessageDescription, Variant } from '../../../../runtime/codec/index.js';
import { ProtocolError } from '../../../../runtime/codec/index.js';

type Fault = (codec: MessageCodec) => Partial<MessageCodec>;

function tagged({ tag, variants }: MessageDescription, view: DataView): Variant | undefined {
  const bytes = Array.from({ length: tag.size }, (_, at) => view.getUint8(tag.offset + at));
  const little = tag.littleEndian ? bytes.toReversed() : bytes;
  const value = little.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  return variants.find((each) => each.tag !== undefined && BigInt(each.tag) === value);
}

/** Where the variant's first integer is, and one byte off: `[start, end, off]`. */
function shifted(message: MessageDescription, view: DataView): [number, number, number] {
  const member = tagged(message, view)?.members.find((each) => each.kind === 'integer');
  if (member === undefined) return [0, 0, 0];
  const end = member.offset + member.size * (member.count ?? 1);
  return [member.offset, end, end < message.size ? 1 : -1];
}

function bytesOf(view: DataView): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}

/** By name; the other languages' peers have the same. */
const faults: Readonly<Record<string, Fault>> = {
  /** One member is written and read one byte off. */
  offset: ({ description, encode, decode }) => ({
    encode: (message, view, at) => {
      const fds = encode(message, view, at);
      const [start, end, off] = shifted(description, view);
      bytesOf(view).copyWithin(start + off, start, end);
      return fds;
    },
    decode: (view, length, fds, policy) => {
      const [start, end, off] = shifted(description, view);
      bytesOf(view).copyWithin(start, start + off, end + off);
      return decode(view, length, fds, policy);
    },
  }),

  /** The tag that is sent is one too high. */
  tag: ({ description: { tag }, encode }) => ({
    encode: (message, view, at) => {
      const fds = encode(message, view, at);
      const low = tag.offset + (tag.littleEndian ? 0 : tag.size - 1);
      view.setUint8(low, view.getUint8(low) + 1);
      return fds;
    },
  }),

  /** The first byte that the variant does not use is sent as 0xa5. */
  padding: ({ description, encode }) => ({
    encode: (message, view, at) => {
      const fds = encode(message, view, at);
      const used = new Set<number>();
      for (const member of [description.tag, ...(tagged(description, view)?.members ?? [])]) {
        if (member.kind !== 'integer') continue;
        const size = member.size * (member.count ?? 1);
        for (let byte = 0; byte < size; byte++) used.add(member.offset + byte);
      }
      const unused = Array.from({ length: description.size }, (_, byte) => byte);
      const first = unused.find((byte) => !used.has(byte));
      if (first !== undefined) view.setUint8(first, 0xa5);
      return fds;
    },
  }),

  /** The first descriptor that arrives is never closed. */
  leak: ({ decode }) => ({
    decode: (view, length, fds, policy) => {
      leaked.push(...fds.slice(0, 1).map((each) => duplicate(each)));
      return decode(view, length, fds, policy);
    },
  }),

  /** Descriptors are taken in the opposite order. */
  'wrong-end': ({ decode }) => ({
    decode: (view, length, fds, policy) => {
      fds.push(...fds.splice(0).toReversed());
      return decode(view, length, fds, policy);
    },
  }),

  /** A long packet is cut and accepted, whatever the policy. */
  cut: ({ description: { size }, decode }) => ({
    decode: (view, length, fds, policy) => decode(view, Math.min(length, size), fds, policy),
  }),

  /** Descriptors beyond the variant's are accepted, whatever the policy. */
  surplus: ({ description, decode }) => ({
    decode: (view, length, fds, policy) => {
      const given = fds.splice(tagged(description, view)?.maxFds ?? fds.length);
      try {
        return decode(view, length, fds, policy);
      } finally {
        fds.push(...given);
      }
    },
  }),

  /** The type is checked before the size. */
  order: ({ description, decode }) => ({
    decode: (view, length, fds, policy) => {
      if (tagged(description, view) === undefined)
        throw new ProtocolError('invalidType', description.name, 'checked too early');
      return decode(view, length, fds, policy);
    },
  }),
};

const leaked: unknown[] = [];

function duplicate(fd: object): unknown {
  return 'duplicate' in fd && typeof fd.duplicate === 'function' ? fd.duplicate() : undefined;
}

/** The codec with a fault. @throws Error if there is none of this name */
export function sabotaged(codec: MessageCodec, name: string): MessageCodec {
  const fault = faults[name];
  if (fault === undefined) throw new Error(`no fault ${name}: ${Object.keys(faults).join(', ')}`);
  return { ...codec, ...fault(codec) };
}
