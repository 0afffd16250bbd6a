/** The package's JavaScript: what tsc made, in a few flat files, because each file costs time at start-up. */
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { defineConfig } from 'rolldown';

const runtime = join(import.meta.dirname, 'dist/runtime');

/** What users import and run, by the name of its file in the package. */
const entries = {
  index: join(runtime, 'index.js'),
  codec: join(runtime, 'codec/index.js'),
  'vm-control': join(import.meta.dirname, 'dist/generated/vm_control/vm_control.js'),
  main: join(runtime, 'cli/main.js'),
};

/** Modules that others load by URL, in threads: `new URL('./NAME.js', import.meta.url)`. */
const loadedByUrl = Object.fromEntries(
  readdirSync(runtime, { recursive: true })
    .filter((path) => path.endsWith('.js') && !path.startsWith('demo/'))
    .flatMap((path) =>
      [
        ...readFileSync(join(runtime, path), 'utf8').matchAll(
          /^[^*]*new URL\('\.\/([\w-]+)\.js'/gm,
        ),
      ].map(([, name]) => [name, join(runtime, dirname(path), `${name}.js`)]),
    ),
);

/** These do something when they are loaded: no chunk that others load may hold them. */
const programs = [entries.main, ...Object.values(loadedByUrl)];

/**
 * The chunks that entries share. A module and all that it imports go to the first group whose test it
 * meets.
 */
const groups = [
  ['protocol', /dist\/generated\/|runtime\/codec\//],
  ['base', /runtime\/(errors|arguments)\.js$/],
  ['client', /runtime\/control\/client\.js$/],
  ['vmm', /runtime\/(?!cli|demo|guest)/],
  ['cli', /runtime\/cli\/(command|print|failure|client)\.js$/],
].map(([name, test], index, { length }) => ({
  name,
  test: (id) => test.test(id) && !programs.includes(id),
  priority: length - index,
}));

export default defineConfig({
  input: { ...entries, ...loadedByUrl },
  platform: 'node',
  resolve: { alias: { 'vmwire/codec': entries.codec } },
  output: {
    dir: 'dist/bundle',
    cleanDir: true,
    comments: false,
    entryFileNames: '[name].js',
    chunkFileNames: '[name].js',
    codeSplitting: { groups },
  },
});
