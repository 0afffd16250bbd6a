/** The request's decoders that a user could pick instead: Kaitai's JavaScript, koffi's structs, protobuf. */
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

const require = createRequire(import.meta.url);
const schema = fileURLToPath(new URL('../../../../schema/vm_control.ksy', import.meta.url));

/** Kaitai's own decoder of vm_request, compiled from our schema. */
export async function kaitaiDecoder(packet: Uint8Array): Promise<Decoder> {
  const compiler: {
    compile(language: string, schema: unknown): Promise<Record<string, string>>;
  } = require('kaitai-struct-compiler');
  const files = await compiler.compile('javascript', parse(readFileSync(schema, 'utf8')));
  const exported: { VmControl?: { VmRequest: new (stream: object) => object } } = {};
  compileFunction(files['VmControl.js'] ?? '', ['exports', 'require'])(exported, require);
  const VmRequest = exported.VmControl?.VmRequest;
  if (VmRequest === undefined) throw new Error('Kaitai made no class vm_request');
  const Stream: new (data: ArrayBufferLike) => object = require('kaitai-struct/KaitaiStream');
  const data = packet.slice().buffer;
  return () => new VmRequest(new Stream(data));
}

/** koffi's decoding of a C struct. */
export function koffiDecoder(packet: Uint8Array): Decoder {
  const type = koffi.struct({
    type: 'uint32_t',
    slot: 'uint32_t',
    size: 'uint64_t',
    num_pages: 'int32_t',
    padding: 'uint32_t',
  });
  return () => koffi.decode(packet, type);
}

/** protobuf-es with the same fields, all of fixed size. */
export function protobufDecoder(type: number, size: bigint): Decoder {
  const { FIXED32, FIXED64, SFIXED32 } = FieldDescriptorProto_Type;
  const types = { type: FIXED32, slot: FIXED32, size: FIXED64, num_pages: SFIXED32 };
  const file = create(FileDescriptorProtoSchema, {
    name: 'vm_control.proto',
    package: 'vm_control',
    syntax: 'proto3',
    messageType: [
      {
        name: 'VmRequest',
        field: Object.entries(types).map(([name, fieldType], index) => ({
          name,
          number: index + 1,
          type: fieldType,
          label: FieldDescriptorProto_Label.OPTIONAL,
        })),
      },
    ],
  });
  const registry = createFileRegistry(create(FileDescriptorSetSchema, { file: [file] }));
  const message = registry.getMessage('vm_control.VmRequest');
  if (message === undefined) throw new Error('protobuf does not know vm_control.VmRequest');
  const bytes = toBinary(message, create(message, { type, size }));
  return () => fromBinary(message, bytes);
}
