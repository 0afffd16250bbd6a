/** A tag of one byte of which every number is taken: no packet has an unknown one. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { emitTests } from '../../codegen/emit/tests/index.js';
import { emitTypeScript } from '../../codegen/emit/typescript/index.js';
import { readProtocolText } from '../../codegen/read/index.js';
import { firstFailure, toCommonJs } from '../codegen/in-memory.js';
import { languages } from '../conformance/languages.js';
import { testIf } from '../skip.js';
import { runVectors } from './run-vectors.js';

const schema = `meta: { id: full }
-vmwire: { format: struct, transport: seqpacket }
types:
  order:
    -vmwire: { tag: kind, size: 1 }
    seq:
      - { id: kind, type: u1, enum: order_kind }
enums:
  order_kind:
${Array.from({ length: 256 }, (_, tag) => `    ${tag}: { id: order_${tag} }`).join('\n')}
`;
const { protocol } = readProtocolText(schema, 'full.ksy');
assert.ok(protocol);

for (const language of languages) {
  testIf(test, language.missing, language.name, async () => {
    const { count, failures } = await runVectors(language, protocol);
    assert.equal(failures, []);
    assert.ok(count > 256);
  });
}

test('typescript', async () => {
  const [codec] = await emitTypeScript(protocol, { revisions: [] });
  const [tests] = await emitTests(protocol, { revisions: [] });
  assert.is(firstFailure(toCommonJs(tests?.text ?? ''), toCommonJs(codec?.text ?? '')), undefined);
});

test.run();
