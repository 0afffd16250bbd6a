/** Codes for the protocol as a whole, and for Kaitai's own checks: VW060 to VW079. */
import { type CodeDescription, exampleSchema } from './code.js';

const exchange = '  exchange: { request: request, response: response, error: failed }';
const share = '1: { id: share, -vmwire: { fields: [memory, length], response: done } }';

/** The example schema with a local variant. */
function withLocal(message: string): string {
  return exampleSchema.replace(
    'types:\n',
    `types:\n  attach:\n    -vmwire: { local: ${message}, response: done }\n`,
  );
}

export const protocolCodes = {
  VW060: {
    title: 'the exchange names a message that does not exist',
    explanation:
      '`request` and `response` are two different messages: types with `-vmwire: { tag: FIELD, size: BYTES }`.',
    example: {
      replaces: exchange,
      bad: '  exchange: { request: requests, response: response, error: failed }',
      good: exchange,
    },
  },
  VW061: {
    title: 'the exchange names an error that is no variant of the response',
    explanation: '`error` is the variant of the response with which any request may be refused.',
    example: {
      replaces: exchange,
      bad: '  exchange: { request: request, response: response, error: share }',
      good: exchange,
    },
  },
  VW062: {
    title: 'a variant names a response that does not exist',
    explanation:
      'The `response` of a request is the variant of the response message that answers it when it succeeds. The error can answer any request, so it is not named.',
    example: {
      replaces: 'response: done }',
      bad: 'response: finished }',
      good: 'response: done }',
    },
  },
  VW063: {
    title: 'a local variant belongs to a message that does not exist',
    explanation:
      '`local` names the message among whose variants this one is. It has no tag and is never sent.',
    example: { bad: withLocal('requests'), good: withLocal('request') },
  },
  VW064: {
    title: 'the schema has no message',
    explanation: 'A protocol has at least one message, which is a type with a tag.',
    example: {
      bad: 'meta: { id: example, endian: le }\n-vmwire: { format: struct, transport: seqpacket }\n',
      good: exampleSchema,
    },
  },
  VW065: {
    title: 'nothing says which response answers a request',
    explanation:
      'A warning: the schema has an exchange, and the variant of its request has no `response`. Clients then know no type for a successful answer.',
    example: {
      replaces: share,
      bad: '1: { id: share, -vmwire: { fields: [memory, length] } }',
      good: share,
    },
  },
  VW066: {
    title: 'a variant that is no request has a response',
    explanation:
      'Only the variants of the message that `exchange` names as `request`, and its local variants, are answered.',
    example: {
      replaces: '    1: { id: done }',
      bad: '    1: { id: done, -vmwire: { response: done } }',
      good: '    1: { id: done }',
    },
  },
  VW070: {
    title: "Kaitai's compiler refuses the schema",
    explanation:
      'A schema is a valid Kaitai Struct file too, so that other tools can read it. Kaitai tells only its first mistake; it is shown as Kaitai words it.',
    example: {
      replaces: 'types:\n',
      bad: 'instances:\n  as_request: { pos: 0, type: requests }\ntypes:\n',
      good: 'instances:\n  as_request: { pos: 0, type: request }\ntypes:\n',
    },
  },
  VW071: {
    title: "Kaitai's checks were left out",
    explanation:
      'A warning: the package kaitai-struct-compiler is not installed, so only our own checks ran. It is under the GPL and never comes with vmwire; install it as a development dependency to have its checks.',
    example: { words: 'npm install --save-dev kaitai-struct-compiler' },
  },
} as const satisfies Record<string, CodeDescription>;
