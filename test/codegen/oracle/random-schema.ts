/** Draws schemas: messages of any size, order, byte order, tags, arrays, enums and descriptors. */
import * as fc from 'fast-check';
import { stringify } from 'yaml';

interface Field {
  readonly bits: 1 | 2 | 4 | 8;
  readonly signed: boolean;
  readonly order: '' | 'le' | 'be';
  readonly count: number | undefined;
  readonly padding: number;
  readonly role: 'plain' | 'enum' | 'errno' | 'unit';
}

interface MessageDraw {
  readonly tag: Pick<Field, 'bits' | 'order' | 'padding'>;
  readonly tagAt: number;
  readonly fields: readonly Field[];
  readonly descriptors: readonly string[];
  readonly lastOptional: boolean;
  readonly tags: readonly number[];
  /** For each variant, whether it uses the member of that index. */
  readonly uses: readonly (readonly boolean[])[];
}

const order = fc.constantFrom('', 'le', 'be') satisfies fc.Arbitrary<Field['order']>;
const bits = fc.constantFrom(1, 2, 4, 8) satisfies fc.Arbitrary<Field['bits']>;
const padding = fc.oneof({ weight: 2, arbitrary: fc.constant(0) }, fc.integer({ min: 1, max: 70 }));

const field: fc.Arbitrary<Field> = fc.record({
  bits,
  signed: fc.boolean(),
  order,
  count: fc.option(fc.integer({ min: 1, max: 10 }), { nil: undefined, freq: 4 }),
  padding,
  role: fc.constantFrom('plain', 'plain', 'enum', 'errno', 'unit'),
});

const message: fc.Arbitrary<MessageDraw> = fc.record({
  tag: fc.record({ bits, order, padding }),
  tagAt: fc.nat(8),
  fields: fc.array(field, { minLength: 0, maxLength: 8 }),
  descriptors: fc.array(fc.constantFrom('shared_memory', 'eventfd', 'dmabuf', 'any'), {
    maxLength: 4,
  }),
  lastOptional: fc.boolean(),
  tags: fc.uniqueArray(fc.integer({ min: 0, max: 255 }), { minLength: 2, maxLength: 6 }),
  uses: fc.array(fc.array(fc.boolean(), { minLength: 12, maxLength: 12 }), {
    minLength: 6,
    maxLength: 6,
  }),
});

/** The text of a schema with a request and a response. */
export const schemaText: fc.Arbitrary<string> = fc
  .record({ endian: fc.constantFrom('le', 'be'), ask: message, answer: message })
  .map(({ endian, ask, answer }) => {
    const asked = messageParts('ask', ask);
    const answered = messageParts('answer', answer);
    return stringify({
      meta: { id: 'drawn', endian },
      '-vmwire': {
        format: 'struct',
        transport: 'seqpacket',
        max_fds: Math.max(ask.descriptors.length, answer.descriptors.length),
        exchange: { request: 'ask', response: 'answer', error: 'answer_0' },
      },
      types: { ask: asked.type, answer: answered.type },
      enums: { ...asked.enums, ...answered.enums },
    });
  });

function messageParts(name: string, draw: MessageDraw) {
  const names = draw.fields.map((_, at) => `${name}_field_${at}`);
  const fds = draw.descriptors.map((_, at) => `${name}_fd_${at}`);
  const enums: Record<string, Map<number, object>> = {};
  const seq: object[] = [];
  let size = 0;
  const pad = (length: number): void => {
    if (length > 0) seq.push({ size: length });
    size += length;
  };
  const placeTag = (): void => {
    seq.push({ id: 'kind', type: `u${draw.tag.bits}${suffix(draw.tag)}`, enum: `${name}_kind` });
    size += draw.tag.bits;
    pad(draw.tag.padding);
  };
  const tagAt = Math.min(draw.tagAt, draw.fields.length);
  draw.fields.forEach((each, at) => {
    if (at === tagAt) placeTag();
    const id = names[at] ?? '';
    const errno = each.role === 'errno' && each.count === undefined;
    const unsigned = errno || each.role === 'enum' || !each.signed;
    const width = errno ? 4 : each.bits;
    const ours = errno ? { errno } : each.role === 'unit' ? { unit: 'pages' } : undefined;
    if (each.role === 'enum')
      enums[`${id}_values`] = new Map([0, 1, 127].map((value) => [value, { id: `v${value}` }]));
    seq.push({
      id,
      type: `${unsigned ? 'u' : 's'}${width}${suffix({ ...each, bits: width })}`,
      ...(each.role === 'enum' ? { enum: `${id}_values` } : {}),
      ...(each.count === undefined ? {} : { repeat: 'expr', 'repeat-expr': each.count }),
      ...(ours ? { '-vmwire': ours } : {}),
    });
    size += width * (each.count ?? 1);
    pad(each.padding);
  });
  if (tagAt === draw.fields.length) placeTag();
  fds.forEach((id, at) => {
    const optional = draw.lastOptional && at === fds.length - 1;
    const fd = draw.descriptors[at];
    seq.push({ id, size: 0, '-vmwire': optional ? { fd, optional } : { fd } });
  });
  const members = [...names, ...fds];
  const variants = draw.tags.map((tag, at) => {
    // The last one uses every member; descriptors keep their order, in which only the last is optional.
    const used = members.filter(
      (_, index) => at === draw.tags.length - 1 || draw.uses[at]?.[index],
    );
    const ours = { fields: used, ...(name === 'ask' ? { response: 'answer_1' } : {}) };
    return [tag, { id: `${name}_${at}`, '-vmwire': ours }] as const;
  });
  enums[`${name}_kind`] = new Map(variants);
  return { type: { '-vmwire': { tag: 'kind', size }, seq }, enums };
}

/** A byte has no order. */
function suffix({ bits: width, order: each }: Pick<Field, 'bits' | 'order'>): string {
  return width === 1 ? '' : each;
}
