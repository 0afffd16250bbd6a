/** The decoders that a user could pick instead: Kaitai's JavaScript, koffi's structs, protobuf. */
import { create, createFileRegistry, fromBinary, toBinary } from '@bufbuild/protobuf';
import {
  FieldDescriptorProto_Label,
  FieldDescriptorProto_Type,
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
} from '@bufbuild/protobuf/wkt';
import koffi from 'koffi';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { compileFunction } from 'node:vm';
import { parse } from 'yaml';

/** Decodes the packet that it was made for, again and again. */
export type Decoder = () => unknown;

export type Kind = 'request' | 'response';

/** The members of each message, in their order. */
const members = {
  request: { type: 'u4', slot: 'u4', size: 'u8', num_pages: 's4' },
  response: { type: 'u4', errno: 'u4', pfn: 'u8', slot: 'u4' },
} as const;

const require = createRequire(import.meta.url);
const schema = fileURLToPath(new URL('../../../../schema/vm_control.ksy', import.meta.url));

/** Kaitai's own decoder, compiled from our schema. */
export async function kaitaiDecoder(kind: Kind, packet: Uint8Array): Promise<Decoder> {
  const compiler: {
    compile(language: string, schema: unknown): Promise<Record<string, string>>;
  } = require('kaitai-struct-compiler');
  const files = await compiler.compile('javascript', parse(readFileSync(schema, 'utf8')));
  const exported: { VmControl?: Record<string, new (stream: object) => object> } = {};
  compileFunction(files['VmControl.js'] ?? '', ['exports', 'require'])(exported, require);
  const Message = exported.VmControl?.[kind === 'request' ? 'VmRequest' : 'VmResponse'];
  if (Message === undefined) throw new Error(`Kaitai made no class for the ${kind}`);
  const Stream: new (data: ArrayBufferLike) => object = require('kaitai-struct/KaitaiStream');
  const data = packet.slice().buffer;
  return () => new Message(new Stream(data));
}

const cTypes = { u4: 'uint32_t', s4: 'int32_t', u8: 'uint64_t' } as const;

/** koffi's decoding of a C struct. */
export function koffiDecoder(kind: Kind, packet: Uint8Array): Decoder {
  const fields = Object.entries(members[kind]).map(([name, type]) => [name, cTypes[type]]);
  const type = koffi.struct({ ...Object.fromEntries(fields), padding: 'uint32_t' });
  return () => koffi.decode(packet, type);
}

const { FIXED32, FIXED64, SFIXED32 } = FieldDescriptorProto_Type;
const protobufTypes = { u4: FIXED32, s4: SFIXED32, u8: FIXED64 } as const;

/** protobuf-es with the same fields, all of fixed size, and the values of the packet. */
export function protobufDecoder(kind: Kind, packet: Uint8Array): Decoder {
  const file = create(FileDescriptorProtoSchema, {
    name: 'vm_control.proto',
    package: 'vm_control',
    syntax: 'proto3',
    messageType: [
      {
        name: 'Message',
        field: Object.entries(members[kind]).map(([name, type], index) => ({
          name,
          number: index + 1,
          type: protobufTypes[type],
          label: FieldDescriptorProto_Label.OPTIONAL,
        })),
      },
    ],
  });
  const registry = createFileRegistry(create(FileDescriptorSetSchema, { file: [file] }));
  const message = registry.getMessage('vm_control.Message');
  if (message === undefined) throw new Error('protobuf does not know vm_control.Message');
  const bytes = toBinary(message, create(message, valuesOf(kind, packet)));
  return () => fromBinary(message, bytes);
}

function valuesOf(kind: Kind, packet: Uint8Array): Record<string, number | bigint> {
  const view = new DataView(packet.buffer, packet.byteOffset, packet.length);
  const values: Record<string, number | bigint> = {};
  let at = 0;
  for (const [name, type] of Object.entries(members[kind])) {
    if (type === 'u8') values[name] = view.getBigUint64(at, true);
    else values[name] = type === 'u4' ? view.getUint32(at, true) : view.getInt32(at, true);
    at += type === 'u8' ? 8 : 4;
  }
  return values;
}
