/** SECURITY.md: each promise names a test, and each named test exists. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

const test = suite('SECURITY.md');
const root = new URL('../../../', import.meta.url);
const page = readFileSync(new URL('SECURITY.md', root), 'utf8');
const promises = page.slice(page.indexOf('## What is promised'), page.indexOf('## Who is trusted'));

/** The text of a test's file, or undefined if there is none. */
function textOf(path: string): string | undefined {
  try {
    return readFileSync(fileURLToPath(new URL(path, root)), 'utf8');
  } catch {
    return undefined;
  }
}

test('each promise names a test that exists', () => {
  const lines = promises.split('\n').filter((line) => line.startsWith('- '));
  assert.ok(lines.length > 15, `${lines.length} promises`);
  const broken = lines.filter((line) => {
    const [, path = '', name = ''] = /: `(test\/[^`]+\.test\.ts)` "([^"]+)"\.$/.exec(line) ?? [];
    // The name, or the end of one that begins with a parameter.
    return name === '' || textOf(path)?.includes(name) !== true;
  });
  assert.equal(broken, []);
});

test.run();
