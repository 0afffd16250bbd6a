/** Codes for fields and for enums that are not tags: VW030 to VW039. */
import { type CodeDescription, exampleSchema } from './code.js';

const length = '- { id: length, type: u4 }';
const memory = '- { id: memory, size: 0, -vmwire: { fd: shared_memory } }';
const enums = `enums:
  request_type:`;

export const fieldCodes = {
  VW030: {
    title: 'the type of a field is no integer',
    explanation:
      'A field is an integer of 1, 2, 4 or 8 bytes (u1 to u8 unsigned, s1 to s8 signed, with `le` or `be` for a byte order of its own), an array of them, padding or a descriptor. Bytes are an array of u1.',
    example: { replaces: length, bad: '- { id: length, type: f4 }', good: length },
  },
  VW031: {
    title: 'the byte order is unknown',
    explanation:
      'An integer of more than one byte needs a byte order: `endian` under `meta`, or `le` or `be` at the end of its type.',
    example: {
      bad: exampleSchema.replace(', endian: le', ''),
      good: exampleSchema.replace(', endian: le', '').replaceAll('type: u4', 'type: u4be'),
    },
  },
  VW032: {
    title: 'padding is wrong',
    explanation:
      'A field without an `id` is padding: it has a `size` of at least 1, or `contents` of zeros, and nothing else. Whatever has an `id` is a member, and never padding. A local variant has no bytes, so no padding.',
    example: {
      replaces: length,
      bad: '- { type: u4 }\n      - { id: length, type: u4 }',
      good: length,
    },
  },
  VW033: {
    title: 'the length of an array is not a number',
    explanation:
      'An array has a literal length: `repeat: expr` with `repeat-expr: 3`. The struct has a fixed size, so nothing can repeat until the end or until something is found.',
    example: {
      replaces: length,
      bad: '- { id: length, type: u1, repeat: eos }',
      good: '- { id: length, type: u1, repeat: expr, repeat-expr: 4 }',
    },
  },
  VW034: {
    title: 'an enum does not exist',
    explanation: 'A field names an enum that does not stand under `enums`.',
    example: {
      replaces: '- { id: type, type: u4, enum: response_type }',
      bad: '- { id: type, type: u4, enum: respones_type }',
      good: '- { id: type, type: u4, enum: response_type }',
    },
  },
  VW035: {
    title: 'the value of an enum does not fit',
    explanation:
      'A field uses the enum and has too few bits, or no sign, for one of its values; or the value needs more than a signed 64-bit integer, in which Kaitai holds it.',
    example: {
      bad: exampleSchema
        .replace(length, '- { id: length, type: u1, enum: lengths }\n      - { size: 3 }')
        .replace(enums, `enums:\n  lengths:\n    256: page\n  request_type:`),
      good: exampleSchema
        .replace(length, '- { id: length, type: u4, enum: lengths }')
        .replace(enums, `enums:\n  lengths:\n    256: page\n  request_type:`),
    },
  },
  VW036: {
    title: 'an enum names values of 8 bytes and of fewer',
    explanation:
      'Values of 8 bytes are bigints in TypeScript, smaller ones are numbers. An enum is one or the other, so take two.',
    example: {
      bad: exampleSchema
        .replace('size: 8 }', 'size: 16 }')
        .replace(
          length,
          '- { id: length, type: u4, enum: kind }\n      - { id: other, type: u8, enum: kind }',
        )
        .replace('[memory, length]', '[memory, length, other]')
        .replace(enums, `enums:\n  kind:\n    1: one\n  request_type:`),
      good: exampleSchema
        .replace('size: 8 }', 'size: 12 }')
        .replace(
          length,
          '- { id: length, type: u4, enum: kind }\n      - { id: other, type: u4, enum: kind }',
        )
        .replace('[memory, length]', '[memory, length, other]')
        .replace(enums, `enums:\n  kind:\n    1: one\n  request_type:`),
    },
  },
  VW037: {
    title: 'a descriptor and a number are mixed up',
    explanation:
      'A descriptor travels beside the packet and takes no byte of it: `size: 0`, and under `-vmwire` its kind in `fd`, with `optional: true` if it may be absent. Types, enums, arrays, units and errnos belong to numbers. The two never stand for one another.',
    example: {
      replaces: memory,
      bad: '- { id: memory, type: u4, -vmwire: { fd: shared_memory } }',
      good: memory,
    },
  },
  VW038: {
    title: 'an errno is not one unsigned integer of 4 bytes',
    explanation:
      'The absolute value of an errno travels as one u4. An array, another size, a sign or an enum would be something else.',
    example: {
      replaces: '- { id: reason, type: u4, -vmwire: { errno: true } }',
      bad: '- { id: reason, type: s4, -vmwire: { errno: true } }',
      good: '- { id: reason, type: u4, -vmwire: { errno: true } }',
    },
  },
  VW039: {
    title: 'a struct is empty or too large',
    explanation: 'A packet has 1 to 65,536 bytes.',
    example: {
      replaces: '    -vmwire: { tag: type, size: 8 }',
      bad: '    -vmwire: { tag: type, size: 1048576 }',
      good: '    -vmwire: { tag: type, size: 8 }',
    },
  },
} as const satisfies Record<string, CodeDescription>;
