/** Codes for files that are no schema at all: VW001 to VW009. */
import { type CodeDescription, exampleSchema } from './code.js';

const meta = 'meta: { id: example, endian: le }';

export const fileCodes = {
  VW001: {
    title: 'the file cannot be read',
    explanation:
      'The path leads to nothing, to a directory, to a pipe or device, or to a file that you may not read.',
    example: { words: 'vmwire-codegen lint schema/, where schema/vm_control.ksy is the file' },
  },
  VW002: {
    title: 'the file is not text',
    explanation:
      'A schema is UTF-8 text. Control characters other than tab and line break may not stand in YAML as they are; within quotes they can be written as escapes.',
    example: {
      replaces: meta,
      bad: `${meta}\ndoc: "a bell: \u0007"`,
      good: `${meta}\ndoc: "a bell: \\u0007"`,
    },
  },
  VW003: {
    title: 'the file is too large',
    explanation:
      'A schema has at most 1 MiB. Who gets here has most likely named the wrong file; a schema of a thousand variants has a fifth of that.',
    example: { words: 'vmwire-codegen lint core.12345' },
  },
  VW004: {
    title: 'the file is nested too deeply',
    explanation: 'A schema needs about eight levels of maps and lists; 64 are accepted.',
    example: {
      replaces: meta,
      bad: `${meta}\n-notes: ${'['.repeat(70)}${']'.repeat(70)}`,
      good: `${meta}\n-notes: [[], []]`,
    },
  },
  VW005: {
    title: 'the file is not YAML',
    explanation:
      'The YAML parser does not understand the line. Often a bracket or a quote is missing, the indentation does not fit, a tab indents, or a text holds a colon and needs quotes.',
    example: {
      replaces: '- { id: length, type: u4 }',
      bad: '- { id: length, type: u4',
      good: '- { id: length, type: u4 }',
    },
  },
  VW006: {
    title: 'a key stands twice in one map',
    explanation: 'YAML readers disagree on which of the two counts, so neither does.',
    example: {
      replaces: '    1: { id: done }',
      bad: '    1: { id: done }\n    1: { id: ready }',
      good: '    1: { id: done }\n    3: { id: ready }',
    },
  },
  VW007: {
    title: 'YAML anchors, aliases, tags, merge keys and directives are not supported',
    explanation:
      'What stands in a schema is what is meant: nothing is taken from elsewhere, so that a line can be read by itself and its place shown. Write the value again.',
    example: {
      replaces: '  max_fds: 1',
      bad: '  max_fds: &most 1',
      good: '  max_fds: 1',
    },
  },
  VW008: {
    title: 'the file is not a schema',
    explanation:
      'A schema is one YAML document: a map with the keys `meta`, `-vmwire`, `types` and `enums`.',
    example: { bad: '- meta\n- types\n', good: exampleSchema },
  },
  VW009: {
    title: 'there are more mistakes than are shown',
    explanation:
      'The first fifty are shown, and as many warnings. Mend those, and the others will be shown.',
    example: {
      bad: `${exampleSchema}${Array.from({ length: 120 }, (_, index) => `key${index}: 1\n`).join('')}`,
      good: exampleSchema,
    },
  },
} as const satisfies Record<string, CodeDescription>;
