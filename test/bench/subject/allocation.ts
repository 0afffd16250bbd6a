/**
 * Bytes that encoding and decoding allocate: `allocation.js request|response VARIANT`. Answers two
 * figures, for encoding and for decoding.
 */
import type { Descriptor } from 'vmwire/codec';
import {
  decodeVmRequest,
  decodeVmResponse,
  encodeVmRequest,
  encodeVmResponse,
} from 'vmwire/vm-control';
import { allocatedPerOperation } from './allocated.js';
import { serveFigures } from './counts.js';
import { memory, requests, responses } from './messages.js';

const [kind, variant] = process.argv.slice(2);
const view = new DataView(new ArrayBuffer(24));
/** What came with a message: decoding takes it out, so that it must be put in again. */
const fds: Descriptor[] = [];

function find<Message extends { readonly type: string }>(messages: readonly Message[]): Message {
  const message = messages.find(({ type }) => type === variant);
  if (message === undefined) throw new Error(`no ${kind} is called ${variant}`);
  return message;
}

function operations(): { encode: () => unknown; decode: () => unknown } {
  if (kind === 'response') {
    const message = find(responses);
    return {
      encode: () => encodeVmResponse(message, view, 0),
      decode: () => decodeVmResponse(view, 24, fds),
    };
  }
  const message = find(requests);
  return {
    encode: () => encodeVmRequest(message, view, 0),
    decode: () => {
      if (message.type === 'registerMemory') fds[0] = memory;
      return decodeVmRequest(view, 24, fds);
    },
  };
}

const { encode, decode } = operations();
await serveFigures((count) => [
  allocatedPerOperation(encode, count),
  allocatedPerOperation(decode, count),
]);
