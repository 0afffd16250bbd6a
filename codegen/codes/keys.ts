/** Codes for keys and their values, and for names: VW010 to VW029. */
import type { CodeDescription } from './code.js';

const length = '- { id: length, type: u4 }';
const responseTypes = '    1: { id: done }';

export const keyCodes = {
  VW010: {
    title: 'a value is of the wrong kind',
    explanation:
      'The key takes text, a whole number, `true` or `false`, a list or a map, and something else stands there. Text that looks like a number or like `true` needs quotes.',
    example: { replaces: '  max_fds: 1', bad: '  max_fds: one', good: '  max_fds: 1' },
  },
  VW011: {
    title: 'a key is unknown',
    explanation:
      'Neither Kaitai nor vmwire knows the key here. Most likely it is misspelt, or indented too far or not far enough.',
    example: {
      replaces: length,
      bad: '- { id: length, typ: u4, type: u4 }',
      good: length,
    },
  },
  VW012: {
    title: 'a feature of Kaitai is not supported',
    explanation:
      'Kaitai can describe files whose layout depends on what they hold. A packet in the struct format has one fixed layout that every variant shares, so conditions, switches, text, nested types, computed lengths and the like have no place in it. The hint says what to write instead.',
    example: {
      replaces: length,
      bad: '- { id: length, type: u4, if: type.to_i == 1 }',
      good: length,
    },
  },
  VW013: {
    title: 'a key under -vmwire is unknown or in the wrong place',
    explanation:
      'Our own keys stand under `-vmwire`, in the schema itself, its messages and local types, their fields and the values of tag enums; each place has keys of its own. schema/vmwire.schema.json lists them for editors.',
    example: {
      replaces: '-vmwire: { errno: true }',
      bad: '-vmwire: { errno: true, units: codes }',
      good: '-vmwire: { errno: true, unit: codes }',
    },
  },
  VW014: {
    title: 'a key is missing',
    explanation: 'Without the key it would be unclear what is meant. The hint says what it tells.',
    example: {
      replaces: '    -vmwire: { tag: type, size: 8 }',
      bad: '    -vmwire: { tag: type }',
      good: '    -vmwire: { tag: type, size: 8 }',
    },
  },
  VW015: {
    title: 'a value is not one of those that the key takes',
    explanation:
      'The key takes one of a few words, or a number in a certain range. The hint names them.',
    example: {
      replaces: '  transport: seqpacket',
      bad: '  transport: stream',
      good: '  transport: seqpacket',
    },
  },
  VW016: {
    title: 'YAML 1.1 and YAML 1.2 read a value differently',
    explanation:
      'We read YAML 1.2; some Kaitai tools read YAML 1.1, where 010 is eight and `on` is true. So a number may not begin with 0, hold `_` or `:`, or begin with 0b or 0o, and a bare yes, no, on or off needs quotes.',
    example: {
      replaces: responseTypes,
      bad: '    010: { id: done }',
      good: '    0x10: { id: done }',
    },
  },
  VW020: {
    title: 'a name cannot be a name',
    explanation:
      'Names are of small letters, digits and `_`, begin with a letter and have at most 64 characters, as Kaitai wants it. Each language gets its own spelling: `num_pages` is numPages in TypeScript.',
    example: {
      replaces: responseTypes,
      bad: '    1: { id: done }\n    3: { id: notReady }',
      good: '    1: { id: done }\n    3: { id: not_ready }',
    },
  },
  VW021: {
    title: 'two names are the same in TypeScript',
    explanation:
      'The names of the schema differ, but after renaming they do not: `num_pages` and `num__pages` are both numPages, and the variant `exit` of `vm_request` has the interface VmRequestExit, as has a message `vm_request_exit`. Rename one of them.',
    example: {
      replaces: responseTypes,
      bad: '    1: { id: done }\n    3: { id: done_ }',
      good: '    1: { id: done }\n    3: { id: done_all }',
    },
  },
  VW022: {
    title: 'a name is given twice',
    explanation:
      'Two fields of one type, two values of one enum, or a variant and a local variant of one message have the same name.',
    example: {
      replaces: responseTypes,
      bad: '    1: { id: done }\n    3: { id: done }',
      good: '    1: { id: done }\n    3: { id: ready }',
    },
  },
} as const satisfies Record<string, CodeDescription>;
