/** Decodes one message: `decode.js vmwire|kaitai|koffi|protobuf request|response VARIANT`. */
import type { Descriptor } from 'vmwire/codec';
import {
  decodeVmRequest,
  decodeVmResponse,
  encodeVmRequest,
  encodeVmResponse,
} from 'vmwire/vm-control';
import {
  type Decoder,
  type Kind,
  kaitaiDecoder,
  koffiDecoder,
  protobufDecoder,
} from '../codecs/others.js';
import { serveCounts } from './counts.js';
import { requests, responses } from './messages.js';

const [library, , variant] = process.argv.slice(2);
const kind: Kind = process.argv[3] === 'request' ? 'request' : 'response';
const packet = new Uint8Array(24);
const view = new DataView(packet.buffer);

/** The descriptors that go with the message, which is encoded into the packet. */
function encode(): readonly Descriptor[] {
  const isVariant = ({ type }: { readonly type: string }): boolean => type === variant;
  const request = requests.find(isVariant);
  const response = responses.find(isVariant);
  if (kind === 'request' && request !== undefined) return encodeVmRequest(request, view, 0);
  if (kind === 'response' && response !== undefined) return encodeVmResponse(response, view, 0);
  throw new Error(`no ${kind} is called ${variant}`);
}

function vmwireDecoder(descriptors: readonly Descriptor[]): Decoder {
  // As the runtime does: what came with a packet always lies in the same array.
  const fds: Descriptor[] = [];
  const [descriptor] = descriptors;
  if (kind === 'response') return () => decodeVmResponse(view, 24, fds);
  if (descriptor === undefined) return () => decodeVmRequest(view, 24, fds);
  return () => {
    fds[0] = descriptor;
    return decodeVmRequest(view, 24, fds);
  };
}

async function decoder(): Promise<Decoder> {
  const descriptors = encode();
  switch (library) {
    case 'kaitai':
      return kaitaiDecoder(kind, packet);
    case 'koffi':
      return koffiDecoder(kind, packet);
    case 'protobuf':
      return protobufDecoder(kind, packet);
    default:
      return vmwireDecoder(descriptors);
  }
}

const decode = await decoder();
/** A ring of results: one that nobody keeps would be optimized away. */
const kept: unknown[] = Array.from({ length: 64 }, () => undefined);
await serveCounts((count) => {
  for (let i = 0; i < count; i++) kept[i & 63] = decode();
});
