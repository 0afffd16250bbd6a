/** Imports run one way: codec ← generated ← rest of runtime, native ← runtime, and nothing needs the compiler. */
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

/** What each part may import: parts of the house, and packages. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  codec: ['codec'],
  generated: ['generated', 'codec', 'package vmwire'],
  native: ['native', 'package koffi', 'node'],
  runtime: ['runtime', 'native', 'generated', 'codec', 'node'],
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

for (const folder of ['runtime', 'generated', 'native']) {
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

/** The runtime's folders, lowest first: each imports only from itself and from those before it. */
const layers = [
  'codec',
  'kind.ts',
  'errors.ts',
  'arguments.ts',
  'descriptors',
  'events',
  'memory',
  'sockets',
  'devices',
  'vm',
  'kvm',
  'control',
  'vmm',
  'index.ts',
  'guest',
  'cli',
  'demo',
];

/** The layer of a file of the runtime. */
function layer(path: string): number {
  const name = path.split('/')[1] ?? '';
  assert.ok(layers.includes(name), `${path}: no layer is called ${name}`);
  return layers.indexOf(name);
}

test('each layer of the runtime stands on those below it', () => {
  const wrong = sources('runtime').flatMap((path) =>
    importsOf(path)
      .filter((specifier) => specifier.startsWith('.'))
      .map((specifier) => normalize(join(dirname(path), specifier)).replace(/\.js$/, '.ts'))
      .filter((target) => target.startsWith('runtime/') && layer(target) > layer(path))
      .map((target) => `${path} imports ${target}`),
  );
  assert.equal(wrong, []);
});

test('control and KVM meet in the monitor alone', () => {
  const wrong = sources('runtime/control').flatMap((path) =>
    importsOf(path)
      .map((specifier) => normalize(join(dirname(path), specifier)))
      .filter((target) => target.startsWith('runtime/kvm/'))
      .map((target) => `${path} imports ${target}`),
  );
  assert.equal(wrong, []);
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
