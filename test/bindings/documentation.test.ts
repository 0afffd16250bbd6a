/** Documentation of any text stays inside the comments and docstrings of each language. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { documented, hostile } from '../codegen/hostile-texts.js';
import { languages } from '../conformance/languages.js';
import { ownSchemas, protocolOf } from '../schemas.js';
import { testIf } from '../skip.js';
import { runVectors } from './run-vectors.js';

for (const language of languages) {
  for (const start of [0, 7]) {
    testIf(test, language.missing, `${language.name}, beginning with text ${start}`, async () => {
      let used = start;
      const next = (): string => hostile[used++ % hostile.length] ?? '';
      const [schema = ''] = ownSchemas;
      const protocol = documented(await protocolOf(schema), next);
      assert.ok(used > 2 * hostile.length, 'each text was used');
      const { failures } = await runVectors(language, protocol);
      assert.equal(failures, []);
    });
  }
}

test.run();
