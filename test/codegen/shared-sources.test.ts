/** Sources that all generated files of a language share: each is whole, and its language's own tools find no fault. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript-6';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { testIf } from '../skip.js';

const test = suite('shared sources');
const root = fileURLToPath(new URL('../../../', import.meta.url));
const source = (name: string): string => join(root, 'codegen/emit', name);
const folder = mkdtempSync(join(tmpdir(), 'vmwire-shared-'));
test.after(() => rmSync(folder, { recursive: true }));

const compilePython =
  'import py_compile, sys; py_compile.compile(sys.argv[1], sys.argv[2], doraise=True)';

/** Each tool is silent about a source without faults. */
const tools: readonly (readonly [name: string, options: string, ...files: string[]])[] = [
  [
    'gcc',
    '-std=c11 -Wall -Wextra -Wpedantic -Werror -fsyntax-only -include stdbool.h -include stddef.h -include stdint.h -x c',
    source('c/shared.h'),
  ],
  [
    'rustc',
    '--edition 2021 --crate-type lib --emit metadata -D warnings -o',
    join(folder, 'shared.rmeta'),
    source('rust/shared.rs'),
  ],
  ['rustfmt', '--check --config-path', join(root, 'test/rustfmt.toml'), source('rust/shared.rs')],
  ['python3', '-W error -c', compilePython, source('python/shared.py'), join(folder, 'shared.pyc')],
];

for (const [name, options, ...files] of tools) {
  const missing = spawnSync(name, ['--version']).status === 0 ? undefined : `no ${name}`;
  testIf(test, missing, name, () => {
    const { status, stdout, stderr } = spawnSync(name, [...options.split(' '), ...files], {
      encoding: 'utf8',
    });
    assert.equal([status, stdout, stderr], [0, '', '']);
  });
}

// Its format and its style are those of our own sources: `npm run check` looks at both.
test('tsc', () => {
  const config: unknown = ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile).config;
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
  const program = ts.createProgram([source('tests/shared.ts')], {
    ...options,
    types: [],
    noEmit: true,
    incremental: false,
  });
  const faults = ts
    .getPreEmitDiagnostics(program)
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
  assert.equal(faults, []);
});

test.run();
