/** The examples in the docstrings of the public interface compile against the built package, and those that need nothing else run. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type JSDocableNode, Node, Project, ts } from 'ts-morph';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

const test = suite('examples');
const root = fileURLToPath(new URL('../../../', import.meta.url));

/** What an example may use without saying where it comes from. */
const surroundings: Readonly<Record<string, string>> = {
  bus: 'vmwire.DeviceBus',
  client: 'vmwire.ControlClient',
  context: 'vmwire.ExecuteContext',
  handle: 'vmwire.VcpuHandle',
  image: 'Uint8Array<ArrayBuffer>',
  kvm: 'vmwire.Kvm',
  line: 'number[]',
  mapping: 'vmwire.MemoryMapping',
  memory: 'vmwire.SharedMemory',
  ram: 'vmwire.GuestMemory',
  received: 'vmwire.OwnedFd',
  server: 'vmwire.ControlServer',
  shared: 'vmwire.SharedMemory',
  slot: 'number',
  socket: 'vmwire.FdSocket',
  vcpu: 'vmwire.Vcpu',
  vm: 'vmwire.Vm & vmwire.SimulatedVm',
};

interface Example {
  readonly name: string;
  readonly code: string;
}

const project = new Project({ tsConfigFilePath: join(root, 'tsconfig.json') });

function examplesOf(name: string, node: JSDocableNode): Example[] {
  return node
    .getJsDocs()
    .flatMap((doc) => doc.getTags())
    .filter((tag) => tag.getTagName() === 'example')
    .map((tag) => ({ name, code: tag.getCommentText() ?? '' }));
}

/** The docstrings of a declaration: its own, and those of its public members. */
function examplesIn(name: string, declaration: Node): Example[] {
  const own = Node.isJSDocable(declaration) ? examplesOf(name, declaration) : [];
  if (!Node.isClassDeclaration(declaration)) return own;
  const members = [...declaration.getMethods(), ...declaration.getStaticMethods()];
  return [
    ...own,
    ...members.flatMap((member) => examplesOf(`${name}.${member.getName()}`, member)),
  ];
}

const index = project.getSourceFileOrThrow(join(root, 'runtime/index.ts'));
const declarations = [...index.getExportedDeclarations()];
const examples = declarations.flatMap(([name, nodes]) =>
  nodes.flatMap((node) => examplesIn(name, node)),
);
/** What is written by hand; the codec is generated, with a page of its own. */
const values = declarations
  .filter(([, [node]]) => !node?.getSourceFile().getFilePath().includes('/generated/'))
  .flatMap(([name, [node]]) =>
    Node.isClassDeclaration(node) || Node.isFunctionDeclaration(node) ? [name] : [],
  );

function used(code: string, name: string): boolean {
  return new RegExp(`(?<![.\\w'])${name}\\b`).test(code);
}

/** What an example uses of its surroundings: it does not say where it comes from. */
function borrowed(code: string): string[] {
  return Object.keys(surroundings).filter(
    (name) =>
      used(code, name) && !new RegExp(`\\b(const|using|let) [^=;]*\\b${name}\\b[^=;]*=`).test(code),
  );
}

/** An example as a module, with imports of what it uses. */
function moduleOf({ code }: Example): string {
  const names = declarations.flatMap(([name, nodes]) => {
    if (!used(code, name)) return [];
    const isType = nodes.every(
      (node) => Node.isInterfaceDeclaration(node) || Node.isTypeAliasDeclaration(node),
    );
    return [isType ? `type ${name}` : name];
  });
  const codec = ['encodeVmRequest', 'decodeVmRequest'].filter((name) => used(code, name));
  return [
    `import type * as vmwire from 'vmwire';`,
    names.length > 0 ? `import { ${names.join(', ')} } from 'vmwire';` : '',
    codec.length > 0 ? `import { ${codec.join(', ')} } from 'vmwire/vm-control';` : '',
    ...borrowed(code).map((name) => `declare const ${name}: ${surroundings[name] ?? 'unknown'};`),
    code,
    'export {};',
  ].join('\n');
}

test('every public class and function has one', () => {
  const without = values.filter(
    (name) => !examples.some((example) => example.name.split('.')[0] === name),
  );
  assert.equal(without, []);
});

test('each compiles against the built package, strictly', () => {
  const outside = new Project({
    tsConfigFilePath: join(root, 'tsconfig.json'),
    skipAddingFilesFromTsConfig: true,
    compilerOptions: {
      noUnusedLocals: false,
      noUnusedParameters: false,
      noEmit: true,
      rootDir: root,
    },
  });
  assert.ok(examples.length > 10);
  const names = new Map<string, string>();
  for (const [number, example] of examples.entries()) {
    const path = join(root, `example-${number}.ts`);
    names.set(path, example.name);
    outside.createSourceFile(path, moduleOf(example)); // never saved
  }
  const wrong = outside
    .getPreEmitDiagnostics()
    .filter((one) => one.getCode() !== 1470)
    .map((diagnostic) => {
      const path = diagnostic.getSourceFile()?.getFilePath() ?? '';
      const text = ts.flattenDiagnosticMessageText(diagnostic.compilerObject.messageText, ' ');
      return `${names.get(path) ?? path}: ${text}`;
    });
  assert.equal(wrong, []);
});

/** What only other processes, machines with KVM, or paths of the reader's own can run. */
const needsMore = /await |\/run\/|Kvm|vcpu|Machine|Vmm|import\.meta|export default/;

test('each that needs nothing else runs', () => {
  const standalone = examples.filter(
    ({ code }) => !needsMore.test(code) && borrowed(code).length === 0,
  );
  assert.ok(standalone.length >= 8, `${standalone.length}`);
  // Inside the package, where its name leads to what was built.
  const folder = mkdtempSync(join(root, 'dist/examples-'));
  try {
    for (const [number, example] of standalone.entries()) {
      const source = moduleOf(example);
      const { outputText } = ts.transpileModule(source, {
        compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
      });
      writeFileSync(join(folder, `${number}.js`), outputText);
    }
    const main = standalone.map((_, number) => `await import('./${number}.js');`).join('\n');
    writeFileSync(join(folder, 'main.js'), `${main}\nconsole.log('ran');\nprocess.exit();\n`);
    const said = execFileSync(process.execPath, [join(folder, 'main.js')], {
      encoding: 'utf8',
      timeout: 20_000,
    });
    assert.match(said, /ran\n$/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test.run();
