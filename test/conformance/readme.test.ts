/** The page about writing a peer says what the Python peer does, and what the suite knows. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { exceptions } from './execute/exceptions.js';
import { parseOptions } from './suite/options.js';

const folder = fileURLToPath(new URL('../../../test/conformance/', import.meta.url));
const page = readFileSync(`${folder}README.md`, 'utf8');

test('every piece of Python stands in the peer as it is shown', () => {
  const pieces = [...page.matchAll(/\[`([^`]+)`\]\(([^)]+)\):\n\n```python\n(.*?)```/gs)];
  assert.is(pieces.length, page.split('```python').length - 1, 'each names its file');
  assert.ok(pieces.length >= 6);
  for (const [, name = '', link = '', text = ''] of pieces) {
    assert.is(name, link);
    assert.ok(readFileSync(`${folder}${link}`, 'utf8').includes(text), `${link}:\n${text}`);
  }
});

test('every command line is one that the suite takes', () => {
  const commands = page.match(/^npm run conformance.*$/gm) ?? [];
  assert.ok(commands.length >= 5);
  for (const command of commands) {
    const [, ...words] = command.replace(/ +#.*$/, '').split(' -- ');
    const args = words.join(' ').match(/'[^']*'|[^ ']+/g) ?? [];
    parseOptions(args.map((each) => each.replaceAll("'", '')));
  }
});

test('every link leads somewhere, and every exception is told', () => {
  for (const [, link = ''] of page.matchAll(/\]\(([^)]+)\)/g))
    assert.ok(existsSync(`${folder}${link}`), link);
  const told = page.replaceAll(/\s+/g, ' ');
  for (const { name } of exceptions) assert.match(told, `- ${name}: `);
});

test.run();
