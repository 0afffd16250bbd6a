/** Runs a generated test file against a codec, both given as text, in this process. */
import vm from 'node:vm';
import ts from 'typescript-6';
import * as uvuAssert from 'uvu/assert';
import * as codecContract from '../../runtime/codec/index.js';

/** A module as text to the CommonJS program that it becomes. */
export function toCommonJs(typescript: string): string {
  return ts.transpileModule(typescript, {
    compilerOptions: {
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.CommonJS,
      removeComments: true,
    },
  }).outputText;
}

/** The first failure of the tests against the codec, or undefined if all pass. Both are CommonJS. */
export function firstFailure(tests: string, codec: string, timeLimitMs = 20_000): unknown {
  const registered: (() => void)[] = [];
  const test = Object.assign((_name: string, run: () => void) => registered.push(run), {
    run: () => undefined,
  });
  const known = { uvu: { test }, 'uvu/assert': uvuAssert, 'vmwire/codec': codecContract };
  const run = (): void => {
    evaluate(tests, { ...known, codec: loadCodec(codec) });
    for (const each of registered) each();
    if (registered.length === 0) throw new Error('no tests were registered');
  };
  try {
    // A fault may make a loop endless: the time limit of vm ends that too.
    vm.runInNewContext('run()', { run }, { timeout: timeLimitMs });
    return undefined;
  } catch (error) {
    return error;
  }
}

/** What a generated codec, a CommonJS program, exports. */
export function loadCodec(codec: string): object {
  return evaluate(codec, { 'vmwire/codec': codecContract });
}

/** Runs a CommonJS program; every relative module is `modules.codec`. */
function evaluate(program: string, modules: Readonly<Record<string, unknown>>): object {
  const module = { exports: {} };
  const require = (name: string): unknown => modules[name.startsWith('./') ? 'codec' : name];
  const wrapped: unknown = vm.runInThisContext(`(function (exports, require) {${program}\n})`);
  if (typeof wrapped !== 'function') throw new Error('not a program');
  wrapped(module.exports, require);
  return module.exports;
}
