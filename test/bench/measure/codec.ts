/** Encoding and decoding against a codec written by hand, and decoding against other libraries. */
import { type Descriptor } from 'vmwire/codec';
import {
  decodeVmRequest,
  decodeVmResponse,
  encodeVmRequest,
  encodeVmResponse,
  type VmRequest,
  type VmResponse,
} from 'vmwire/vm-control';
import * as byHand from '../codecs/by-hand.js';
import { kaitaiDecoder, koffiDecoder, protobufDecoder } from '../codecs/others.js';
import { inProcess } from '../contender.js';
import type { Measurement } from '../measurement.js';

const memory: Descriptor = { fd: 3 };

const requests: readonly VmRequest[] = [
  { type: 'exit' },
  { type: 'registerMemory', memory, size: 65536n },
  { type: 'unregisterMemory', slot: 7 },
  { type: 'balloonAdjust', numPages: -512 },
];
const responses: readonly VmResponse[] = [
  { type: 'ok' },
  { type: 'err', errno: 28 },
  { type: 'registerMemory', pfn: 67108864n, slot: 7 },
];

const view = new DataView(new ArrayBuffer(24));
const fds: Descriptor[] = [];
/** What was decoded last: a result that nobody uses would be optimized away. */
export let last: unknown;

type Encode<Message> = (message: Message, view: DataView, offset: number) => readonly Descriptor[];
type Decode = (view: DataView, length: number, fds: Descriptor[]) => unknown;

function bothWays<Message>(encode: Encode<Message>, decode: Decode, message: Message) {
  return (count: number): void => {
    for (let i = 0; i < count; i++) {
      const sent = encode(message, view, 0);
      fds.length = 0;
      if (sent.length > 0 && sent[0] !== undefined) fds.push(sent[0]);
      last = decode(view, 24, fds);
    }
  };
}

function measurement<Message extends { readonly type: string }>(
  kind: string,
  message: Message,
  ours: { readonly encode: Encode<Message>; readonly decode: Decode },
  hand: { readonly encode: Encode<Message>; readonly decode: Decode },
): Measurement {
  return {
    name: `codec-${kind}-${message.type}`,
    title: `encode and decode the ${kind} ${message.type}`,
    count: 1_000_000,
    targets: [{ baseline: 'by hand', atMost: 1.1 }],
    prepare: async () => ({
      contenders: [
        inProcess('vmwire', bothWays(ours.encode, ours.decode, message)),
        inProcess('by hand', bothWays(hand.encode, hand.decode, message)),
      ],
      missing: [],
    }),
  };
}

const decoding: Measurement = {
  name: 'codec-decode',
  title: 'decode the request registerMemory',
  count: 500_000,
  targets: [
    { baseline: 'Kaitai', atMost: 1 / 8 },
    { baseline: 'koffi', atMost: 1 / 50 },
    { baseline: 'protobuf-es', atMost: 1 / 20 },
  ],
  async prepare() {
    encodeVmRequest({ type: 'registerMemory', memory, size: 65536n }, view, 0);
    const packet = new Uint8Array(view.buffer.slice(0));
    const packetView = new DataView(packet.buffer);
    const repeat =
      (decode: () => unknown) =>
      (count: number): void => {
        for (let i = 0; i < count; i++) last = decode();
      };
    return {
      contenders: [
        inProcess(
          'vmwire',
          repeat(() => {
            fds.length = 0;
            fds.push(memory);
            return decodeVmRequest(packetView, 24, fds);
          }),
        ),
        inProcess('Kaitai', repeat(await kaitaiDecoder(packet))),
        inProcess('koffi', repeat(koffiDecoder(packet))),
        inProcess('protobuf-es', repeat(protobufDecoder(2, 65536n))),
      ],
      missing: [],
    };
  },
};

export const measurements: readonly Measurement[] = [
  ...requests.map((message) =>
    measurement(
      'request',
      message,
      { encode: encodeVmRequest, decode: decodeVmRequest },
      { encode: byHand.encodeRequest, decode: byHand.decodeRequest },
    ),
  ),
  ...responses.map((message) =>
    measurement(
      'response',
      message,
      { encode: encodeVmResponse, decode: decodeVmResponse },
      { encode: byHand.encodeResponse, decode: byHand.decodeResponse },
    ),
  ),
  decoding,
];
