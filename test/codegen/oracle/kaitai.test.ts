/** Kaitai's decoder, which shares nothing with ours, reads every vector and drawn values as we do. */
import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { emitTypeScript } from '../../../codegen/emit/typescript/index.js';
import { emitVectors } from '../../../codegen/emit/vectors.js';
import { errnoBits } from '../../../codegen/cases/integers.js';
import { type Values } from '../../../codegen/cases/packets.js';
import { camelCase } from '../../../codegen/model/names.js';
import type { Variant } from '../../../codegen/model/protocol.js';
import type { VectorFile, VectorValue } from '../../../codegen/cases/vector-file.js';
import { loadCodec, toCommonJs } from '../in-memory.js';
import { kaitaiDecoder } from '../kaitai-decoder.js';
import { ownSchemas, protocolOf, sampleSchemas } from '../../schemas.js';
import { integerMembers } from '../../../codegen/model/queries.js';
import { agree, rawFieldsAgree, variantAndValues } from './agreement.js';
import { codecOf } from './codec-of.js';

/** A vector's values; an errno as its absolute value travels. */
function valuesOf(variant: Variant, { fields }: VectorValue): Values {
  return new Map(
    integerMembers(variant).map(({ name, errno }) => {
      const all = [fields[name]].flat().map((each) => BigInt(each ?? 0));
      return [name, errno ? all.map(errnoBits) : all];
    }),
  );
}

for (const schema of [...ownSchemas, ...sampleSchemas]) {
  const protocol = await protocolOf(schema);
  const kaitai = await kaitaiDecoder(readFileSync(schema, 'utf8'));

  test(`${protocol.name}: every vector with bytes`, async () => {
    const [file] = await emitVectors(protocol, { revisions: [] });
    // Our own emitter wrote it a moment ago.
    const { vectors } = JSON.parse(file?.text ?? '') as VectorFile;
    let count = 0;
    for (const vector of vectors) {
      if ('error' in vector.result) continue;
      const message = protocol.messages.find(({ name }) => name === vector.message);
      const [bytes, value] =
        vector.op === 'encode' && 'bytes' in vector.result
          ? [vector.result.bytes, vector.value]
          : vector.op === 'decode' && 'value' in vector.result
            ? [vector.bytes, vector.result.value]
            : [];
      const variant = message?.variants.find(({ name }) => name === value?.variant);
      assert.ok(message && variant && value && bytes !== undefined, vector.name);
      const raw = kaitai(message.name, Buffer.from(bytes, 'hex'));
      // A receiver is told the absolute value of an errno that arrived with the other sign.
      const read = Object.fromEntries(
        integerMembers(variant)
          .filter(({ errno }) => errno && vector.op === 'decode')
          .map(({ name }) => camelCase(name))
          .map((key) => [key, Math.abs(Number(raw[key]) | 0)]),
      );
      rawFieldsAgree(message, variant, valuesOf(variant, value), Object.assign(raw, read));
      count += 1;
    }
    assert.ok(count > 10, `${count} vectors`);
  });

  test(`${protocol.name}: drawn values`, async () => {
    const [file] = await emitTypeScript(protocol, { revisions: [] });
    const codecs = loadCodec(toCommonJs(file?.text ?? ''));
    for (const message of protocol.messages) {
      const codec = codecOf(codecs, message.name);
      fc.assert(
        fc.property(variantAndValues(message), ([variant, values]) =>
          agree(message, variant, values, codec, kaitai),
        ),
        { numRuns: 60, seed: 1 },
      );
    }
  });
}

test.run();
