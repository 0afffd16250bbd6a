/** Decodes the request registerMemory: `decode.js vmwire|kaitai|koffi|protobuf`. */
import { decodeVmRequest, encodeVmRequest } from 'vmwire/vm-control';
import { type Decoder, kaitaiDecoder, koffiDecoder, protobufDecoder } from '../codecs/others.js';
import { serveCounts } from './counts.js';
import { memory } from './messages.js';

const packet = new Uint8Array(24);
const view = new DataView(packet.buffer);
encodeVmRequest({ type: 'registerMemory', memory, size: 65536n }, view, 0);

function vmwireDecoder(): Decoder {
  return () => decodeVmRequest(view, 24, [memory]);
}

async function decoder(name: string | undefined): Promise<Decoder> {
  switch (name) {
    case 'kaitai':
      return kaitaiDecoder(packet);
    case 'koffi':
      return koffiDecoder(packet);
    case 'protobuf':
      return protobufDecoder(2, 65536n);
    default:
      return vmwireDecoder();
  }
}

const decode = await decoder(process.argv[2]);
/** A ring of results: one that nobody keeps would be optimized away. */
const kept: unknown[] = Array.from({ length: 64 }, () => undefined);
await serveCounts((count) => {
  for (let i = 0; i < count; i++) kept[i & 63] = decode();
});
