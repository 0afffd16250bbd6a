/** Generated codecs and `vmwire/codec` run where there is nothing but the language: no Node, no DOM. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import vm from 'node:vm';
import ts from 'typescript-6';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

const test = suite('in a browser');
const root = fileURLToPath(new URL('../../../', import.meta.url));

/** Loads TypeScript modules into a context; only relative ones and `vmwire/codec` can be had. */
function loader(context: vm.Context) {
  const loaded = new Map<string, object>();
  return function load(path: string): object {
    const known = loaded.get(path);
    if (known !== undefined) return known;
    const { outputText } = ts.transpileModule(readFileSync(join(root, path), 'utf8'), {
      compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.CommonJS },
    });
    const exports = {};
    loaded.set(path, exports);
    const program: unknown = vm.runInContext(
      `(function (exports, require) {${outputText}\n})`,
      context,
    );
    assert.type(program, 'function');
    const require = (name: string): object => {
      if (name === 'vmwire/codec') return load('runtime/codec/index.ts');
      if (!name.startsWith('.')) throw new Error(`${path} imports ${name}`);
      return load(join(dirname(path), name).replace(/\.js$/, '.ts'));
    };
    if (typeof program === 'function') program(exports, require);
    return exports;
  };
}

for (const protocol of ['vm_control', 'vm_control_v1', 'vm_control_v3']) {
  test(`${protocol} sends, receives, refuses and prints`, () => {
    const context = vm.createContext({});
    const found: unknown = vm.runInContext(
      '[typeof process, typeof Buffer, typeof require, typeof window, typeof TextEncoder].join()',
      context,
    );
    assert.is(found, 'undefined,undefined,undefined,undefined,undefined');
    const codec = loader(context)(`generated/${protocol}/${protocol}.ts`);
    Object.assign(context, { codec });
    const said: unknown = vm.runInContext(
      `const fd = { fd: 7 };
       const view = new DataView(new ArrayBuffer(codec.vmRequestSize));
       const sent = codec.encodeVmRequest(codec.vmRequest.registerMemory(fd, 2n ** 53n + 1n), view);
       const request = codec.decodeVmRequest(view, codec.vmRequestSize, [...sent]);
       let kind = 'nothing';
       try {
         codec.decodeVmRequest(view, 3, []);
       } catch (error) {
         kind = error.kind;
       }
       [request.size, request.memory === fd, kind, codec.formatVmRequest(request)].join();`,
      context,
    );
    assert.match(
      String(said),
      /^9007199254740993,true,badSize,.*register_?memory.*9007199254740993/i,
    );
  });
}

test.run();
