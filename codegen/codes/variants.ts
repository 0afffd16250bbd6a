/** Codes for variants: VW050 to VW059. */
import { type CodeDescription, exampleSchema } from './code.js';

const fields = 'fields: [memory, length]';
const memory = '- { id: memory, size: 0, -vmwire: { fd: shared_memory } }';

/** The example schema with two descriptors in its request. */
function twoDescriptors(first: string, second: string): string {
  return exampleSchema
    .replace('max_fds: 1', 'max_fds: 2')
    .replace(memory, `${first}\n      ${second}`)
    .replace(fields, 'fields: [memory, event, length]');
}

export const variantCodes = {
  VW050: {
    title: 'a variant names a member that does not exist',
    explanation: "Each of a variant's `fields` is the `id` of a field of the message.",
    example: { replaces: fields, bad: 'fields: [memory, lenght]', good: fields },
  },
  VW051: {
    title: 'a variant names a member twice',
    explanation: 'A member has one place in the struct, so a variant can use it once.',
    example: { replaces: fields, bad: 'fields: [memory, length, memory]', good: fields },
  },
  VW052: {
    title: 'a variant names the tag',
    explanation:
      'Every variant has the tag: it tells which variant it is. `fields` are the others.',
    example: { replaces: fields, bad: 'fields: [type, memory, length]', good: fields },
  },
  VW053: {
    title: 'no variant uses a member',
    explanation:
      'The member would be sent as zero and never be read. If its bytes only fill space, make it padding; if a variant needs it, name it in its `fields`.',
    example: { replaces: fields, bad: 'fields: [memory]', good: fields },
  },
  VW054: {
    title: 'a variant has more descriptors than a packet may carry',
    explanation:
      'The top-level `max_fds` is the room that every receiver makes for descriptors (none, if the key is missing). A variant with more of them could never arrive.',
    example: { replaces: '  max_fds: 1', bad: '  max_fds: 0', good: '  max_fds: 1' },
  },
  VW055: {
    title: 'an optional descriptor is not the last',
    explanation:
      'Descriptors have no names on the way: only their number and order tell which is which. If one that may be absent were followed by another, a receiver could take one for the other.',
    example: {
      bad: twoDescriptors(
        '- { id: memory, size: 0, -vmwire: { fd: shared_memory, optional: true } }',
        '- { id: event, size: 0, -vmwire: { fd: eventfd } }',
      ),
      good: twoDescriptors(
        memory,
        '- { id: event, size: 0, -vmwire: { fd: eventfd, optional: true } }',
      ),
    },
  },
} as const satisfies Record<string, CodeDescription>;
