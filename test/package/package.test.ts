/** The package as it is published: what is in it, and what a user of it can import, compile and run. */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const test = suite('the published package');

const folder = mkdtempSync(join(tmpdir(), 'vmwire-package-'));
const app = join(folder, 'app');
const modules = join(app, 'node_modules');
const installed = join(modules, 'vmwire');

interface Pack {
  readonly filename: string;
  readonly files: readonly { readonly path: string }[];
}

let paths: readonly string[] = [];

/** Installs what `npm pack` makes, with koffi beside it and none of the compiler's packages. */
test.before(() => {
  const output = execFileSync(
    'npm',
    ['pack', '--json', '--ignore-scripts', '--pack-destination', folder],
    { cwd: root, encoding: 'utf8' },
  );
  // npm's own form: an array with one entry for each package.
  const [pack] = JSON.parse(output) as readonly Pack[];
  if (pack === undefined) throw new Error('npm pack made nothing');
  paths = pack.files.map(({ path }) => path);
  mkdirSync(installed, { recursive: true });
  const archive = join(folder, pack.filename);
  execFileSync('tar', ['-xzf', archive, '-C', installed, '--strip-components=1']);
  link('koffi', '@koromix');
  writeFileSync(join(app, 'package.json'), '{"type":"module"}');
});

test.after(() => rmSync(folder, { recursive: true, force: true }));

/** Makes packages of this project those of the app. */
function link(...packages: readonly string[]): void {
  for (const name of packages) {
    const target = join(modules, name);
    mkdirSync(dirname(target), { recursive: true });
    symlinkSync(join(root, 'node_modules', name), target);
  }
}

/** Runs a module in the app's folder. */
function run(file: string, ...args: readonly string[]): ReturnType<typeof spawnSync> {
  return spawnSync(process.execPath, [file, ...args], { cwd: app, encoding: 'utf8' });
}

test('holds what users need, and no test, source map or build state', () => {
  const wrong = paths.filter((path) => /\.test\.|(^|\/)test\/|\.map$|\.tsbuildinfo$/.test(path));
  assert.equal(wrong, []);
  const wanted = [
    'LICENSE',
    'README.md',
    'SECURITY.md',
    'dist/runtime/index.d.ts',
    'dist/runtime/cli/main.js',
    'dist/codegen/cli/main.js',
    'generated/vm_control/vm_control.h',
    'schema/vm_control.ksy',
    'schema/vmwire.schema.json',
  ];
  const missing = wanted.filter((path) => !paths.includes(path));
  assert.equal(missing, []);
});

const usage = `
import { SharedMemory, SimulatedVm, ExecuteContext, execute, socketPair } from 'vmwire';
import { decodeVmRequest, encodeVmRequest, vmRequestSize } from 'vmwire/vm-control';
import { ProtocolError } from 'vmwire/codec';

const bytes = new Uint8Array(vmRequestSize);
const view = new DataView(bytes.buffer);
encodeVmRequest({ type: 'unregisterMemory', slot: 7 }, view);
const request = decodeVmRequest(view, bytes.length, []);
if (request.type !== 'unregisterMemory' || request.slot !== 7) throw new Error('decoded wrongly');
try {
  decodeVmRequest(view, 3, []);
} catch (error) {
  if (!(error instanceof ProtocolError) || error.kind !== 'badSize') throw error;
}
using vm = new SimulatedVm();
using context = new ExecuteContext(vm);
using memory = SharedMemory.create({ size: 4096 });
const response = execute({ type: 'registerMemory', memory, size: 4096n }, context);
if (response.type !== 'registerMemory') throw new Error('refused');
const [left, right] = socketPair('seqpacket');
left.close();
right.close();
const slot: number = response.slot;
console.log(response.type, slot);
`;

test('its types satisfy a strict user, and what they promise runs', () => {
  link('@types', 'undici-types');
  writeFileSync(join(app, 'app.ts'), usage);
  const strict = ['--strict', '--exactOptionalPropertyTypes', '--noUncheckedIndexedAccess'];
  const flags = ['--module', 'nodenext', '--target', 'es2022', '--lib', 'es2023,esnext.disposable'];
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const compiled = run(tsc, ...strict, ...flags, '--types', 'node', 'app.ts');
  assert.is(String(compiled.stdout), '');
  assert.is(compiled.status, 0);
  const ran = run('app.js');
  assert.is(String(ran.stderr), '');
  assert.is(String(ran.stdout), 'registerMemory 1\n');
});

/** What a library may export without writing its type, and what it may name. */
const library = `
import type { DeviceBus, FdSocket, Kvm, SimulatedVm, Vcpu, VcpuHandle, Vm } from 'vmwire';
import type { Bus, Capability, CapabilityName, ControlAnswer, ErrnoName, Registers, Segment } from 'vmwire';
export const registers = (vcpu: Vcpu) => vcpu.state.getRegisters();
export const special = (vcpu: Vcpu) => vcpu.state.getSpecialRegisters();
export const state = (vcpu: Vcpu) => [vcpu.state.getFpu(), vcpu.state.getDebugRegisters(), vcpu.state.getEvents()] as const;
export const remote = (vcpu: VcpuHandle) => vcpu.call('getRegisters');
export const cpuid = (kvm: Kvm) => kvm.x86.supportedCpuid();
export const pit = (vm: Vm) => vm.x86.getPit();
export const ports = (bus: DeviceBus) => bus.pio;
export const received = (socket: FdSocket) => socket.recv(new Uint8Array(1));
export const has = (kvm: Kvm, capability: Capability) => kvm.hasExtension(capability);
export const fail = (vm: SimulatedVm, code: ErrnoName) => vm.failNext('addDeviceMemory', code);
export interface Named { bus: Bus; name: CapabilityName; answer: ControlAnswer<{ type: 'exit' }>; rip: Registers; cs: Segment }
`;

test('a library on top of it can leave its types to be inferred, and emit declarations', () => {
  writeFileSync(join(app, 'library.ts'), library);
  const flags = ['--module', 'nodenext', '--target', 'es2022', '--lib', 'es2023,esnext.disposable'];
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const compiled = run(tsc, '--strict', '--declaration', ...flags, '--types', 'node', 'library.ts');
  assert.is(String(compiled.stdout), '');
  assert.is(compiled.status, 0);
});

test('the codec alone needs no koffi', () => {
  const file = join(app, 'codec-only.js');
  const bare = join(folder, 'bare');
  mkdirSync(join(bare, 'node_modules'), { recursive: true });
  cpSync(installed, join(bare, 'node_modules/vmwire'), { recursive: true });
  writeFileSync(
    file,
    `import { vmRequestSize } from 'vmwire/vm-control'; console.log(vmRequestSize);`,
  );
  cpSync(file, join(bare, 'codec-only.mjs'));
  const ran = spawnSync(process.execPath, ['codec-only.mjs'], { cwd: bare, encoding: 'utf8' });
  assert.is(ran.stderr, '');
  assert.is(ran.stdout, '24\n');
});

test('vmwire runs; vmwire-codegen names the package that it lacks, and the cure', () => {
  const help = run(join(installed, 'dist/runtime/cli/main.js'), '--help');
  assert.is(help.status, 0);
  assert.match(String(help.stdout), 'Usage');
  const compiler = run(join(installed, 'dist/codegen/cli/main.js'), '--help');
  assert.is(compiler.status, 2);
  assert.match(String(compiler.stderr), 'npm install --save-dev commander');
});

test.run();
