/**
 * The generated tests bite: each small fault in a generated codec makes them fail.
 *
 * `VMWIRE_MUTANTS=1 node dist/test/run.js codegen/mutants` plants every fault in every codec; the
 * default is some in a few codecs (about 200).
 */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { emitTests } from '../../codegen/emit/tests/index.js';
import { emitTypeScript } from '../../codegen/emit/typescript/index.js';
import { firstFailure, toCommonJs } from './in-memory.js';
import { type Mutant, mutants } from './mutants.js';
import { ownSchemas, protocolOf, sampleSchemas } from '../schemas.js';

const everything = process.env['VMWIRE_MUTANTS'] === '1';
const briefly = ['vm_control', 'descriptors', 'big_endian', 'arrays', 'tiny'];

/** Faults that change nothing, or only the words of a message. */
const harmless: readonly RegExp[] = [
  // No bits, and all bits, are the same in either byte order.
  /view\.set\w+\(offset( \+ \d+)?, (0|65535), (true|false)\);: (true|false) → /,
  // Any other policy than crosvm2018 is strict.
  /'strict' → "strict~"$/,
  // In which message and variant an error says that it happened.
  /\.(missingDescriptor|refuseSize|refuseSurplus|tooFewDescriptors|unknownTag|unsendable)\(.*: '\w+' → "\w+~"$/,
];

for (const schema of [...ownSchemas, ...sampleSchemas]) {
  const protocol = await protocolOf(schema);
  if (!everything && !briefly.includes(protocol.name)) continue;
  const [codecFile] = await emitTypeScript(protocol, { revisions: [] });
  const [testFile] = await emitTests(protocol, { revisions: [] });
  const codec = toCommonJs(codecFile?.text ?? '');
  const tests = toCommonJs(testFile?.text ?? '');
  const step = everything || protocol.name === 'tiny' ? 2 : 12;
  const planted = mutants(codec).filter(
    ({ name }, index) => index % step === 0 && !harmless.some((pattern) => pattern.test(name)),
  );

  test(`${protocol.name}: ${planted.length} faults are noticed`, () => {
    assert.is(firstFailure(tests, codec), undefined, 'without a fault all pass');
    assert.ok(planted.length > 30);
    const survives = ({ text }: Mutant): boolean => firstFailure(tests, text, 5000) === undefined;
    assert.equal(
      planted.filter(survives).map(({ name }) => name),
      [],
    );
  });
}

test.run();
