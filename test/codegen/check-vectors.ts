/** Holds a generated TypeScript codec against golden vectors. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { camelCase } from '../../codegen/model/names.js';
import type {
  DecodeVector,
  EncodeVector,
  Vector,
  VectorFile,
  VectorValue,
} from '../../codegen/cases/vector-file.js';
import {
  type AnyMessage,
  type Descriptor,
  type MemberValue,
  type MessageCodec,
  type ProtocolDescription,
  ProtocolError,
  protocolErrorCodes,
  type Variant,
} from '../../runtime/codec/index.js';

/**
 * Reads `vectors.json` of a protocol's folder and checks the compiled codec against it.
 *
 * @param compiled where the codec's JavaScript is, if not in the same folder
 */
export async function checkVectorFile(
  folder: string,
  protocol: string,
  compiled = folder,
): Promise<number> {
  const text = await readFile(join(folder, 'vectors.json'), 'utf8');
  // Our own emitter wrote it in this form; whatever is missing fails in checkVectors.
  const file = JSON.parse(text) as VectorFile;
  assert.is(file.protocol, protocol);
  const module: Record<string, unknown> = await import(join(compiled, `${protocol}.js`));
  const description = module[camelCase(protocol)];
  if (!isDescription(description)) throw new Error(`${protocol}.js describes no protocol`);
  assert.is(description.maxFds, file.maxFds);
  return checkVectors(description, file.vectors);
}

function isDescription(value: unknown): value is ProtocolDescription {
  return typeof value === 'object' && value !== null && 'messages' in value && 'maxFds' in value;
}

/** Throws at the first vector that the codec does not obey; returns how many there were. */
export function checkVectors(protocol: ProtocolDescription, vectors: readonly Vector[]): number {
  const codecs = new Map(protocol.messages.map((codec) => [codec.description.name, codec]));
  for (const vector of vectors) {
    const codec = codecs.get(vector.message);
    if (codec === undefined) throw new Error(`${vector.name}: there is no ${vector.message}`);
    if (vector.op === 'encode') checkEncode(codec, vector);
    else checkDecode(codec, vector);
  }
  return vectors.length;
}

function checkEncode(codec: MessageCodec, vector: EncodeVector): void {
  const fds = standIns(vector.value.fds);
  const message = messageOf(codec, vector.value, fds);
  const buffer = Buffer.alloc(codec.description.size, 0xff);
  const view = new DataView(buffer.buffer, buffer.byteOffset, buffer.length);
  if ('error' in vector.result) {
    assert.is(errorOf(() => codec.encode(message, view, 0)).kind, vector.result.error, vector.name);
    assert.ok(
      buffer.every((byte) => byte === 0xff),
      `${vector.name}: nothing is written`,
    );
    return;
  }
  const sent = codec.encode(message, view, 0);
  assert.is(buffer.toString('hex'), vector.result.bytes, vector.name);
  assert.ok(sent.length === fds.length && sent.every((fd, at) => fd === fds[at]), vector.name);
}

function checkDecode(codec: MessageCodec, vector: DecodeVector): void {
  const buffer = Buffer.alloc(vector.length);
  buffer.write(vector.bytes, 'hex');
  const view = new DataView(buffer.buffer, buffer.byteOffset, buffer.length);
  const given = standIns(vector.fds);
  const fds = [...given];
  const decode = (): AnyMessage => codec.decode(view, vector.length, fds, vector.policy);
  if ('error' in vector.result) {
    const error = errorOf(decode);
    assert.is(error.kind, vector.result.error, vector.name);
    if (vector.result.error === 'bad_size') assert.is(error.size, vector.result.size, vector.name);
    assert.equal(fds, given, vector.name);
    return;
  }
  const kept = vector.result.kept.map((at) => given[at]).filter((fd) => fd !== undefined);
  const expected = messageOf(codec, vector.result.value, kept);
  assert.equal(present(decode()), present(expected), vector.name);
  assert.equal(
    fds,
    given.filter((fd) => !kept.includes(fd)),
    vector.name,
  );
}

/** What was thrown, in the names that all languages share. */
function errorOf(run: () => unknown): { kind: string; size: number | undefined } {
  try {
    run();
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    return { kind: protocolErrorCodes[error.kind], size: error.size };
  }
  return { kind: 'none', size: undefined };
}

function standIns(count: number): Descriptor[] {
  return Array.from({ length: count }, (_, index) => ({ fd: 1000 + index }));
}

function messageOf(
  codec: MessageCodec,
  value: VectorValue,
  fds: readonly Descriptor[],
): AnyMessage {
  const variant = codec.description.variants.find(({ name }) => name === value.variant);
  if (variant === undefined) throw new Error(`there is no variant ${value.variant}`);
  const descriptors = variant.members.filter((member) => member.kind === 'descriptor');
  return {
    type: variant.key,
    ...integersOf(variant, value),
    ...Object.fromEntries(fds.map((fd, at) => [descriptors[at]?.key, fd])),
  };
}

function integersOf(variant: Variant, value: VectorValue): Record<string, MemberValue<Descriptor>> {
  const integers: Record<string, MemberValue<Descriptor>> = {};
  for (const member of variant.members) {
    if (member.kind !== 'integer') continue;
    const field = value.fields[member.name];
    if (field === undefined) throw new Error(`${value.variant}.${member.name} has no value`);
    if (member.size === 8) {
      integers[member.key] = Array.isArray(field) ? field.map(BigInt) : BigInt(String(field));
    } else {
      integers[member.key] = Array.isArray(field) ? field.map(Number) : Number(field);
    }
  }
  return integers;
}

function present(message: AnyMessage): Record<string, unknown> {
  return Object.fromEntries(Object.entries(message).filter(([, value]) => value !== undefined));
}
