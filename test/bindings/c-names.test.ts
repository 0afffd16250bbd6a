/** Names of a schema that are, behind the prefix of its protocol, names of the C bindings or of stdint.h. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { readProtocolText } from '../../codegen/read/index.js';
import { c } from '../conformance/languages.js';
import { testIf } from '../skip.js';
import { runVectors } from './run-vectors.js';

interface Names {
  readonly protocol: string;
  readonly messages: readonly [string, string];
  /** The variant of each message. */
  readonly variants?: readonly [string, string];
  /** An open enum and its value. */
  readonly value?: readonly [string, string];
}

const cases: readonly Names[] = [
  { protocol: 'encode', messages: ['any_order', 'order_encode'] },
  { protocol: 'decode', messages: ['any_order', 'order_decode'] },
  { protocol: 'variants', messages: ['of_order', 'order_encode'] },
  { protocol: 'members', messages: ['of_order_', 'order'], variants: ['first', 'encode'] },
  { protocol: 'uint', messages: ['order', 'answer'], value: ['least8', 'max'] },
  { protocol: 'int', messages: ['order', 'answer'], value: ['fast16', 'min'] },
  { protocol: 'sig', messages: ['order', 'answer'], value: ['atomic', 'max'] },
];

function schemaOf({ protocol, messages, variants, value }: Names): string {
  const [open, name] = value ?? ['mode', 'soft'];
  const types = messages.map(
    (message, index) => `  ${message}:
    -vmwire: { tag: kind, size: 8 }
    seq:
      - { id: kind, type: u4, enum: kind_${index} }
      - { id: mode, type: u4, enum: ${open} }
`,
  );
  const tags = messages.map(
    (_, index) =>
      `  kind_${index}: { 1: { id: ${variants?.[index] ?? 'only'}, -vmwire: { fields: [mode] } } }\n`,
  );
  return `meta: { id: ${protocol}, endian: le }
-vmwire: { format: struct, transport: seqpacket }
types:
${types.join('')}enums:
${tags.join('')}  ${open}: { 1: { id: ${name} } }
`;
}

for (const names of cases) {
  testIf(test, c.missing, `${names.protocol} of ${names.messages.join(' and ')}`, async () => {
    const { protocol, diagnostics } = readProtocolText(schemaOf(names), 'names.ksy');
    assert.ok(protocol, JSON.stringify(diagnostics));
    const { failures } = await runVectors(c, protocol);
    assert.equal(failures, []);
  });
}

test.run();
