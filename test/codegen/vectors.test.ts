/** The committed golden vectors, against the committed TypeScript codecs. */
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { checkVectorFile } from './check-vectors.js';
import { ownSchemas, protocolOf } from '../schemas.js';

const generated = fileURLToPath(new URL('../../../generated/', import.meta.url));
const compiled = fileURLToPath(new URL('../../generated/', import.meta.url));

for (const schema of ownSchemas) {
  const { name } = await protocolOf(schema);
  test(`the codec of ${name} obeys its vectors`, async () => {
    const count = await checkVectorFile(`${generated}${name}`, name, `${compiled}${name}`);
    assert.ok(count >= 300, `${count} vectors`);
  });
}

test.run();
