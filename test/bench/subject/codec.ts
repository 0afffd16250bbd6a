/**
 * Encodes and decodes one message: `codec.js vmwire|by-hand request|response VARIANT`.
 * One codec in a process, so that the compiler sees one function at each call, as in a program.
 */
import type { Descriptor } from 'vmwire/codec';
import {
  decodeVmRequest,
  decodeVmResponse,
  encodeVmRequest,
  encodeVmResponse,
} from 'vmwire/vm-control';
import * as byHand from '../codecs/by-hand.js';
import { serveCounts } from './counts.js';
import { requests, responses } from './messages.js';

type Encode<Message> = (message: Message, view: DataView, offset: number) => readonly Descriptor[];
type Decode = (view: DataView, length: number, fds: Descriptor[]) => unknown;

const [codec, kind, variant] = process.argv.slice(2);
const view = new DataView(new ArrayBuffer(24));
/** What came with a packet lies always in the same array, as in the runtime. */
const received: Descriptor[] = [];
/** A ring of results: one that nobody keeps would be optimized away. */
const kept: unknown[] = Array.from({ length: 64 }, () => undefined);

async function measure<Message extends { readonly type: string }>(
  messages: readonly Message[],
  encode: Encode<Message>,
  decode: Decode,
): Promise<void> {
  const message = messages.find(({ type }) => type === variant);
  if (message === undefined) throw new Error(`no ${kind} is called ${variant}`);
  await serveCounts((count) => {
    for (let i = 0; i < count; i++) {
      const sent = encode(message, view, 0);
      const [descriptor] = sent;
      if (descriptor !== undefined) received[0] = descriptor;
      kept[i & 63] = decode(view, 24, received);
    }
  });
}

if (kind === 'request') {
  await (codec === 'vmwire'
    ? measure(requests, encodeVmRequest, decodeVmRequest)
    : measure(requests, byHand.encodeRequest, byHand.decodeRequest));
} else {
  await (codec === 'vmwire'
    ? measure(responses, encodeVmResponse, decodeVmResponse)
    : measure(responses, byHand.encodeResponse, byHand.decodeResponse));
}
