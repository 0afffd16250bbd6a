/**
 * Schemas drawn at random: compiled, their generated tests run, and our encoder, our decoder and
 * Kaitai's decoder held against one another.
 *
 * `VMWIRE_SCHEMAS=1000 VMWIRE_SEED=7 node dist/test/run.js oracle/random` draws more of them.
 */
import * as fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { emitTests } from '../../../codegen/emit/tests/index.js';
import { emitTypeScript } from '../../../codegen/emit/typescript/index.js';
import { readProtocolText } from '../../../codegen/read/index.js';
import { firstFailure, loadCodec, toCommonJs } from '../in-memory.js';
import { kaitaiDecoder } from '../kaitai-decoder.js';
import { agree, variantAndValues } from './agreement.js';
import { codecOf } from './codec-of.js';
import { schemaText } from './random-schema.js';

const numRuns = Number(process.env['VMWIRE_SCHEMAS'] ?? 6);
const seed = Number(process.env['VMWIRE_SEED'] ?? 1);

test(`${numRuns} schemas of seed ${seed}`, async () => {
  let drawn = 0;
  await fc.assert(
    fc.asyncProperty(schemaText, async (schema) => {
      const { protocol, diagnostics } = readProtocolText(schema, 'drawn.ksy');
      assert.equal(
        diagnostics.map(({ code, message }) => `${code} ${message}`),
        [],
      );
      assert.ok(protocol);
      const [codecFile] = await emitTypeScript(protocol, { revisions: [] });
      const [testFile] = await emitTests(protocol, { revisions: [] });
      const codec = toCommonJs(codecFile?.text ?? '');
      const failure = firstFailure(toCommonJs(testFile?.text ?? ''), codec);
      if (failure !== undefined) throw failure;
      const codecs = loadCodec(codec);
      const kaitai = await kaitaiDecoder(schema);
      for (const message of protocol.messages) {
        const own = codecOf(codecs, message.name);
        fc.assert(
          fc.property(variantAndValues(message), ([variant, values]) =>
            agree(message, variant, values, own, kaitai),
          ),
          { numRuns: 40, seed },
        );
      }
      drawn += 1;
    }),
    { numRuns, seed, endOnFailure: true, includeErrorInReport: true },
  );
  assert.is(drawn, numRuns);
});

test.run();
