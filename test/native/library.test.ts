/** Where no foreign function can be called: everything can be imported, and the first call says what is missing. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { compiled, runNode } from '../child.js';

const test = suite('no native library');

/** Takes the C library away as musl does, or koffi's native part as another system does. */
const without = {
  glibc: `koffi.load = (name) => { throw new Error('Failed to load shared library: ' + name); };`,
  koffi: `Module._load = (name, ...rest) => {
    if (name === 'koffi') throw new Error('Cannot find the native Koffi module');
    return load(name, ...rest);
  };`,
  linux: `koffi.load = () => { throw new Error('not an ELF file'); };
    Object.defineProperty(process, 'platform', { value: 'darwin' });`,
};

function preload(what: keyof typeof without): readonly string[] {
  const code = `import Module, { createRequire } from 'node:module';
    const koffi = createRequire(${JSON.stringify(compiled('runtime/index.js'))})('koffi');
    const load = Module._load;
    ${without[what]}`;
  return ['--import', `data:text/javascript,${encodeURIComponent(code)}`];
}

const calls = `
const said = (call) => {
  try {
    return call();
  } catch (error) {
    return [error instanceof vmwire.NativeLibraryError, error.code, error.message].join();
  }
};
console.log(said(() => vmwire.FdSocket.connect('/tmp/nobody')));
console.log(said(() => vmwire.SharedMemory.create({ size: 4096 })));
console.log(said(() => vmwire.Kvm.open()));
`;

for (const [what, message] of [
  ['glibc', 'vmwire needs glibc: there is no libc.so.6 here'],
  ['koffi', `koffi can't be loaded for linux on ${process.arch}`],
  ['linux', 'vmwire needs Linux: this is darwin'],
] as const) {
  test(`without ${what} the library can be imported, and its first call says why it fails`, async () => {
    const index = JSON.stringify(compiled('runtime/index.js'));
    const code = `const vmwire = await import(${index});${calls}`;
    const ran = await runNode([...preload(what), '--input-type=module', '-e', code]);
    assert.is(ran.stderr, '');
    assert.is(ran.stdout, `true,ERR_NATIVE_LIBRARY,${message}\n`.repeat(3));
  });

  test(`without ${what} the program says why, and what to do, without a stack trace`, async () => {
    const main = compiled('runtime/cli/main.js');
    const ran = await runNode([...preload(what), main, 'stop', '/tmp/nobody'], {
      env: { NO_COLOR: '1' },
    });
    assert.is(ran.status, 1);
    assert.is(ran.stdout, '');
    assert.ok(ran.stderr.includes(message), ran.stderr);
    assert.not.match(ran.stderr, / at |Error:/);
  });
}

test.run();
