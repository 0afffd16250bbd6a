/** What coverage leaves out: exactly the files that have types alone, in which nothing runs. */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

const test = suite('coverage');
const root = fileURLToPath(new URL('../../../', import.meta.url));

/** Whether what was compiled of a source is nothing. */
function hasTypesAlone(path: string): boolean {
  const compiled = readFileSync(join(root, 'dist', path.replace(/\.ts$/, '.js')), 'utf8');
  const code = compiled.replace(/\/\*[^]*?\*\/|\/\/.*$/gm, '').trim();
  return code === 'export {};';
}

test('leaves out what has types alone, and nothing else', () => {
  // The file is ours, and has this form.
  const { exclude } = JSON.parse(readFileSync(join(root, '.c8rc.json'), 'utf8')) as {
    readonly exclude: readonly string[];
  };
  const typesAlone = ['codegen', 'native', 'runtime']
    .flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((path) =>
        join(folder, path),
      ),
    )
    .filter((path) => path.endsWith('.ts'))
    .filter(hasTypesAlone)
    .toSorted();
  assert.equal(exclude.toSorted(), typesAlone);
});

test.run();
