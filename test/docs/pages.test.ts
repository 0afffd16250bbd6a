/** The commands and examples of the project's pages: run as a reader would run them. */
import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readProtocolText } from '../../codegen/read/index.js';
import { RunningVm } from '../cli/program.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const test = suite('pages');

const pages = ['README.md', 'SECURITY.md', 'schema/README.md'] as const;

/** Commands that are too long to run here, or that would run this test, and what is run instead. */
const replaced: Readonly<Record<string, string>> = {
  'npm ci': 'grep -qx "npm ci" .ci/run',
  'npm test': 'grep -q "npx c8 npm test" .ci/run',
  'npm run check': 'grep -qx "npm run check" .ci/run',
  'npm run conformance': 'npm run conformance -- --list',
};

interface Block {
  readonly page: string;
  readonly line: number;
  readonly language: string;
  readonly text: string;
}

function blocksOf(page: string): Block[] {
  const lines = readFileSync(join(root, page), 'utf8').split('\n');
  const blocks: Block[] = [];
  for (let at = 0; at < lines.length; at++) {
    const language = /^```(\w+)$/.exec(lines[at] ?? '')?.[1];
    if (language === undefined) continue;
    const end = lines.indexOf('```', at);
    blocks.push({ page, line: at + 1, language, text: lines.slice(at + 1, end).join('\n') });
    at = end;
  }
  return blocks;
}

const blocks = pages.flatMap(blocksOf);

/** Runs commands from the project's folder, with files under /tmp in a folder of their own. */
function runShell(text: string): SpawnSyncReturns<string> {
  const folder = mkdtempSync(join(tmpdir(), 'vmwire-page-'));
  try {
    const script = text
      .split('\n')
      .map((line) => replaced[line.replace(/\s+#.*$/, '').trim()] ?? line)
      .join('\n')
      .replaceAll('/tmp/', `${folder}/`);
    return spawnSync('bash', ['-euo', 'pipefail', '-c', script], {
      cwd: root,
      encoding: 'utf8',
      timeout: 100_000,
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

for (const { page, line, text } of blocks.filter(({ language }) => language === 'sh')) {
  test(`${page}:${line} runs`, () => {
    const { status, signal, stdout, stderr } = runShell(text);
    assert.is(status, 0, `${signal ?? ''}\n${stdout}\n${stderr}`);
  });
}

/** Compiles a block as a strict user would, into a folder from which `vmwire` is this package. */
function compile(text: string, folder: string): string {
  writeFileSync(join(folder, 'block.ts'), text);
  const strict = ['--strict', '--exactOptionalPropertyTypes', '--noUncheckedIndexedAccess'];
  const flags = ['--module', 'nodenext', '--target', 'es2022', '--lib', 'es2023,esnext.disposable'];
  const types = ['--types', 'node', '--skipLibCheck', '--ignoreConfig'];
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const { status, stdout } = spawnSync(
    process.execPath,
    [tsc, ...strict, ...flags, ...types, 'block.ts'],
    { cwd: folder, encoding: 'utf8' },
  );
  assert.is(status, 0, stdout);
  return join(folder, 'block.js');
}

const examples = readdirSync(join(root, 'test/examples'))
  .map((name) => readFileSync(join(root, 'test/examples', name), 'utf8').trimEnd())
  .toSorted();

for (const { page, line, text } of blocks.filter(({ language }) => language === 'ts')) {
  // Whole examples have a test of their own.
  if (examples.includes(text)) continue;
  test(`${page}:${line} compiles, and runs beside a VM`, async () => {
    using vm = await RunningVm.start();
    const folder = mkdtempSync(join(root, 'dist/test/docs/block-'));
    try {
      const ran = spawnSync(process.execPath, [compile(text, folder)], {
        cwd: vm.folder.path,
        encoding: 'utf8',
      });
      assert.is(ran.status, 0, `${ran.stdout}\n${ran.stderr}`);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
}

test('the README shows the example of a VMM as it is', () => {
  const shown = blocks.filter(({ page, text }) => page === 'README.md' && examples.includes(text));
  assert.is(shown.length, 1);
});

for (const { page, line, text } of blocks.filter(({ language }) => language === 'yaml')) {
  test(`${page}:${line} is a schema without mistakes`, async () => {
    const { protocol, diagnostics } = await readProtocolText(text, `${page}.ksy`);
    assert.equal(diagnostics, []);
    assert.ok(protocol !== undefined);
  });
}

test('links lead to files of the project', () => {
  const broken = pages.flatMap((page) =>
    [...readFileSync(join(root, page), 'utf8').matchAll(/\]\(([^)#\s]+)[^)]*\)/g)]
      .map((match) => match[1] ?? '')
      .filter((target) => !/^https?:/.test(target))
      .filter((target) => !existsSync(join(root, dirname(page), target)))
      .map((target) => `${page}: ${target}`),
  );
  assert.equal(broken, []);
});

test('every npm script that a page names exists', () => {
  // package.json is ours, and has this form.
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    readonly scripts: Readonly<Record<string, string>>;
  };
  const named = pages.flatMap((page) => [
    ...readFileSync(join(root, page), 'utf8').matchAll(/npm run ([\w:]+)/g),
  ]);
  assert.ok(named.length > 0);
  assert.equal(
    named.map((match) => match[1] ?? '').filter((name) => scripts[name] === undefined),
    [],
  );
});

test.run();
