/** Files that are no schema: each gets a clear message, quickly, and never a stack trace. */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { formatDiagnostic } from '../../../codegen/report/diagnostics.js';
import { maxSchemaBytes } from '../../../codegen/read/file.js';
import { readProtocol, readProtocolText } from '../../../codegen/read/index.js';
import { testIf } from '../../skip.js';

const folder = mkdtempSync(join(tmpdir(), 'vmwire-rubbish-'));
test.after(() => rmSync(folder, { recursive: true }));

/** What is said about a file, its first line only. */
async function saidAbout(name: string): Promise<string> {
  const { protocol, diagnostics } = await readProtocol(join(folder, name));
  assert.is(protocol, undefined);
  assert.is(diagnostics.length, 1);
  const [line = ''] = diagnostics.map(formatDiagnostic).join('\n').split('\n', 1);
  return line.replace(`${folder}/`, '');
}

test('a missing file', async () => {
  assert.is(await saidAbout('none.ksy'), "none.ksy VW001 can't be read: there is no such file");
});

test('a path through a file, and one that is too long', async () => {
  writeFileSync(join(folder, 'file'), '');
  assert.match(await saidAbout('file/schema.ksy'), /VW001 .* not a directory$/);
  assert.match(await saidAbout('x'.repeat(300)), /VW001 .* the path is too long$/);
});

test('a path that no system call takes', async () => {
  assert.match(await saidAbout('a\0b'), /^a\ufffdb VW001 can't be read/);
});

test('a directory', async () => {
  mkdirSync(join(folder, 'schema'));
  assert.is(await saidAbout('schema'), "schema VW001 can't be read: it is a directory");
});

test('a pipe without a writer, and a device, are not waited for', async () => {
  execFileSync('mkfifo', [join(folder, 'pipe')]);
  assert.match(await saidAbout('pipe'), /VW001 can't be read: it is not a regular file$/);
  symlinkSync('/dev/zero', join(folder, 'zeros'));
  assert.match(await saidAbout('zeros'), /VW001 can't be read: it is not a regular file$/);
});

test('a circle of symbolic links', async () => {
  symlinkSync('circle.ksy', join(folder, 'circle.ksy'));
  assert.match(await saidAbout('circle.ksy'), /VW001 .* round in a circle$/);
});

const root = process.getuid?.() === 0 ? 'root may read every file' : undefined;
testIf(test, root, 'a file that may not be read', async () => {
  writeFileSync(join(folder, 'secret.ksy'), '');
  chmodSync(join(folder, 'secret.ksy'), 0);
  assert.match(await saidAbout('secret.ksy'), /VW001 can't be read: permission denied$/);
});

test('10 MB of rubbish', async () => {
  writeFileSync(join(folder, 'large.ksy'), new Uint8Array(10_000_000).fill(0x5b));
  assert.is(await saidAbout('large.ksy'), 'large.ksy VW003 larger than 1048576 bytes');
});

test('bytes that are no text', async () => {
  writeFileSync(join(folder, 'random.ksy'), Uint8Array.of(0x6d, 0xff, 0xfe, 0x00));
  assert.is(await saidAbout('random.ksy'), 'random.ksy VW002 not UTF-8 text');
});

test('a byte order mark is no mistake', () => {
  const { diagnostics } = readProtocolText('\ufeffmeta: { id: example }', 'bom.ksy');
  assert.ok(diagnostics.every(({ code }) => code === 'VW014' || code === 'VW064'));
});

/** A few ten thousand bytes of each; each once made a YAML parser slow, crash or run out of stack. */
const shapes: Readonly<Record<string, string>> = {
  'opening brackets': '[',
  'opening braces': '{a: ',
  'compact lists': '- ',
  'explicit keys': '? ',
  'quoted keys of lists': '"a": [',
  quotes: '"',
  apostrophes: "'",
  'lines of a key': 'a: b\n',
  'unclosed lists': 'a: [\n',
  aliases: '*a ',
  anchors: '&a ',
  tags: '!a ',
  tabs: '\t',
  comments: '#',
  'line breaks': '\n',
  'carriage returns': '\r',
  'block scalars': '|\n',
  documents: '---\n',
  directives: '%a\n',
  colons: ':',
  backslashes: '"\\',
  'one letter': 'a',
};

for (const [name, piece] of Object.entries(shapes)) {
  test(`nothing but ${name}`, () => {
    const text = piece.repeat(Math.floor(maxSchemaBytes / 32 / piece.length));
    const { protocol, diagnostics } = readProtocolText(text, 'rubbish.ksy');
    assert.is(protocol, undefined);
    assert.ok(diagnostics.length > 0 && diagnostics.length <= 51);
    assert.ok(diagnostics.map(formatDiagnostic).join('\n').length < 51 * 1000);
    const [first] = diagnostics;
    assert.ok(first?.location === undefined || first.location.line >= 1);
    assert.not.match(first?.message ?? '', /call stack/);
  });
}

test('a text of escapes can not control the terminal', () => {
  const text = 'meta: { id: "\\e]0;x\\a\\u202e\\ud800\\n" }\n"\\e[31m": 1\n';
  const { diagnostics } = readProtocolText(text, 'a\u001b[31m.ksy');
  const shown = diagnostics.map(formatDiagnostic).join('');
  assert.not.match(shown.replaceAll('\n', ''), /[\p{Cc}\p{Bidi_Control}]/u);
});

test.run();
