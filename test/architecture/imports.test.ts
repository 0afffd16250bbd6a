/** Imports run one way: codec ← generated ← rest of runtime, native ← runtime, nothing needs the compiler, which needs none of these. */
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

const test = suite('the direction of imports');
const root = fileURLToPath(new URL('../../../', import.meta.url));

/** The part of the house that a file belongs to. */
function part(path: string): string {
  if (path.startsWith('runtime/codec/')) return 'codec';
  return path.slice(0, path.indexOf('/'));
}

/** Packages that the compiler uses, and those that the tests it writes use. */
const compilerPackages = 'commander diff kaitai-struct-compiler prettier ts-morph yaml uvu vmwire'
  .split(' ')
  .map((name) => `package ${name}`);

/** What each part may import: parts of the house, and packages. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  codec: ['codec'],
  generated: ['generated', 'codec', 'package vmwire'],
  native: ['native', 'package koffi', 'node'],
  runtime: ['runtime', 'native', 'generated', 'codec', 'node'],
  codegen: ['codegen', 'node', ...compilerPackages],
};

function sources(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .map((path) => join(folder, path))
    .filter((path) => path.endsWith('.ts') && !path.endsWith('.test.ts'))
    .toSorted();
}

function importsOf(path: string): string[] {
  const text = readFileSync(join(root, path), 'utf8');
  const pattern = /(?:\bfrom\s*|\bimport\s*\(?\s*)(['"])([^'"\n]+)\1/g;
  return [...text.matchAll(pattern)].map((match) => match[2] ?? '');
}

/** A specifier as a part of the house, `node`, or a package. */
function targetOf(path: string, specifier: string): string {
  if (specifier.startsWith('.')) return part(normalize(join(dirname(path), specifier)));
  if (specifier.startsWith('node:')) return 'node';
  return `package ${specifier.split('/')[0] ?? ''}`;
}

for (const folder of ['runtime', 'generated', 'native', 'codegen']) {
  test(`${folder}/ imports only what it may`, () => {
    const files = sources(folder);
    assert.ok(files.length > 0);
    const wrong = files.flatMap((path) =>
      importsOf(path)
        .filter((specifier) => !allowed[part(path)]?.includes(targetOf(path, specifier)))
        .map((specifier) => `${path} imports ${specifier}`),
    );
    assert.equal(wrong, []);
  });
}

/** The folders of each part, lowest first: each imports only from itself and from those before it. */
const layers: Readonly<Record<string, readonly string[]>> = {
  runtime: [
    'codec',
    'kind.ts',
    'errors.ts',
    'arguments.ts',
    'descriptors',
    'events',
    'memory',
    'sockets',
    'vm',
    'kvm',
    'devices',
    'machine',
    'control',
    'vmm',
    'index.ts',
    'guest',
    'cli',
    'demo',
  ],
  codegen: [
    'model',
    'codes',
    'report',
    'cases',
    'diff',
    'formats',
    'read',
    'emit',
    'project',
    'index.ts',
    'cli',
  ],
};

/** The layer of a file of one of these parts. */
function layer(path: string): number {
  const [folder = '', name = ''] = path.split('/');
  const known = layers[folder] ?? [];
  assert.ok(known.includes(name), `${path}: no layer is called ${name}`);
  return known.indexOf(name);
}

for (const folder of Object.keys(layers)) {
  test(`each layer of ${folder}/ stands on those below it`, () => {
    const wrong = sources(folder).flatMap((path) =>
      importsOf(path)
        .filter((specifier) => specifier.startsWith('.'))
        .map((specifier) => normalize(join(dirname(path), specifier)).replace(/\.js$/, '.ts'))
        .filter((target) => target.startsWith(`${folder}/`) && layer(target) > layer(path))
        .map((target) => `${path} imports ${target}`),
    );
    assert.equal(wrong, []);
  });
}

test('what is of one architecture is named by runtime/kvm/arch.ts alone', () => {
  const named = sources('runtime/kvm')
    .filter((path) => !path.includes('/x86_64/') && path !== 'runtime/kvm/arch.ts')
    .filter((path) => importsOf(path).some((specifier) => specifier.includes('x86_64')));
  assert.equal(named, []);
});

test('the library reaches neither the command line nor the demonstration', () => {
  const seen = new Set<string>();
  const visit = (path: string): void => {
    if (seen.has(path)) return;
    seen.add(path);
    for (const specifier of importsOf(path)) {
      if (specifier.startsWith('.')) {
        visit(normalize(join(dirname(path), specifier)).replace(/\.js$/, '.ts'));
      }
    }
  };
  visit('runtime/index.ts');
  assert.ok(seen.size > 10);
  const wrong = [...seen].filter((path) => /^runtime\/(cli|demo|guest)\//.test(path));
  assert.equal(wrong, []);
});

test.run();
