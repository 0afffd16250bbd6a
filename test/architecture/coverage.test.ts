/** What coverage leaves out: exactly the files in which nothing runs. They have types alone, or are parts of generated files. */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

const test = suite('coverage');
const root = fileURLToPath(new URL('../../../', import.meta.url));

/** Whether a source is not compiled, or what was compiled of it is nothing. */
function neverRuns(path: string): boolean {
  const compiled = join(root, 'dist', path.replace(/\.ts$/, '.js'));
  if (!existsSync(compiled)) return true;
  const code = readFileSync(compiled, 'utf8')
    .replace(/\/\*[^]*?\*\/|\/\/.*$/gm, '')
    .trim();
  return code === 'export {};';
}

test('leaves out what never runs, and nothing else', () => {
  // The file is ours, and has this form.
  const { exclude } = JSON.parse(readFileSync(join(root, '.c8rc.json'), 'utf8')) as {
    readonly exclude: readonly string[];
  };
  const unrun = ['codegen', 'native', 'runtime']
    .flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((path) =>
        join(folder, path),
      ),
    )
    .filter((path) => path.endsWith('.ts'))
    .filter(neverRuns)
    .toSorted();
  assert.equal(exclude.toSorted(), unrun);
});

test.run();
