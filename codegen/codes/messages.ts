/** Codes for messages and their tags: VW040 to VW049. */
import { type CodeDescription, exampleSchema } from './code.js';

const messageKeys = '    -vmwire: { tag: type, size: 8 }';
const responseTypes = '    1: { id: done }';
const length = '- { id: length, type: u4 }';

export const messageCodes = {
  VW040: {
    title: 'a type is neither a message nor a local variant',
    explanation:
      'Every type says what it is: a message has `-vmwire: { tag: FIELD, size: BYTES }`; a variant that is only executed locally has `-vmwire: { local: MESSAGE }`. Types do not nest, so no other type has a use.',
    example: { replaces: `${messageKeys}\n`, bad: '', good: `${messageKeys}\n` },
  },
  VW041: {
    title: 'a field cannot be the tag',
    explanation:
      'The tag is a field of the message: one unsigned integer (no array, no errno) with an `enum` that names the variants.',
    example: {
      replaces: messageKeys,
      bad: '    -vmwire: { tag: length, size: 8 }',
      good: messageKeys,
    },
  },
  VW042: {
    title: 'the size of a message is not the sum of its fields',
    explanation:
      'Every byte of the struct belongs to a field or to padding. What a C compiler would add at the end, or between two fields, is written as padding: `size: 4` without an `id`.',
    example: {
      replaces: messageKeys,
      bad: '    -vmwire: { tag: type, size: 12 }',
      good: messageKeys,
    },
  },
  VW043: {
    title: 'an enum that is a tag is used elsewhere',
    explanation:
      'The values of a tag are the variants of one message. Another message, or a field that is no tag, needs an enum of its own.',
    example: {
      replaces: length,
      bad: '- { id: length, type: u4, enum: request_type }',
      good: length,
    },
  },
  VW044: {
    title: 'a reserved tag is used',
    explanation:
      'A tag that once meant something else, and must never be used again, is listed as `reserved`: an old peer would take the new variant for the old one.',
    example: {
      replaces: messageKeys,
      bad: '    -vmwire: { tag: type, size: 8, reserved: [1] }',
      good: '    -vmwire: { tag: type, size: 8, reserved: [2, 3] }',
    },
  },
  VW045: {
    title: 'a tag does not fit into its field',
    explanation: 'The field of the tag has too few bits for the number, or the number is negative.',
    example: {
      replaces: responseTypes,
      bad: '    0x100000000: { id: done }',
      good: '    0x10000000: { id: done }',
    },
  },
  VW046: {
    title: 'a number means two things',
    explanation:
      'Two values of an enum have one number, written in two ways, or a number is reserved twice.',
    example: {
      replaces: responseTypes,
      bad: '    1: { id: done }\n    0x1: { id: ready }',
      good: '    1: { id: done }\n    0x3: { id: ready }',
    },
  },
  VW047: {
    title: 'a message has no variants',
    explanation: 'The enum of the tag is empty, so no packet could ever be understood.',
    example: {
      bad: exampleSchema
        .replace(/ {2}exchange: .*\n/, '')
        .replace(', response: done', '')
        .replace(/ {2}response_type:[^]*/, '  response_type: {}\n'),
      good: exampleSchema,
    },
  },
  VW048: {
    title: 'a value of an enum that is no tag is treated as a variant',
    explanation:
      'Only the values of a tag have `fields` and a `response`. An enum that is no tag names numbers.',
    example: {
      bad: exampleSchema
        .replace(length, '- { id: length, type: u4, enum: lengths }')
        .replace('enums:\n', 'enums:\n  lengths:\n    1: { id: one, -vmwire: { fields: [] } }\n'),
      good: exampleSchema
        .replace(length, '- { id: length, type: u4, enum: lengths }')
        .replace('enums:\n', 'enums:\n  lengths:\n    1: { id: one }\n'),
    },
  },
  VW049: {
    title: 'nothing uses an enum',
    explanation: 'A warning: the enum is left out of what is generated.',
    example: {
      replaces: 'enums:\n',
      bad: 'enums:\n  left_over:\n    1: one\n',
      good: 'enums:\n',
    },
  },
} as const satisfies Record<string, CodeDescription>;
