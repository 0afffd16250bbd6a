/** The languages that bindings are generated for, and how a program on them is built. */
import { execFile, execFileSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { emitC } from '../../codegen/emit/c/index.js';
import type { Emitter } from '../../codegen/emit/emitter.js';
import { emitPython } from '../../codegen/emit/python/index.js';
import { emitRust } from '../../codegen/emit/rust/index.js';
import type { Protocol } from '../../codegen/model/protocol.js';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../..', import.meta.url));

/** The hand-written programs that work by name on any protocol. */
export type Program = 'peer' | 'vectors';

export interface Language {
  readonly name: 'rust' | 'c' | 'python';
  readonly emit: Emitter;
  /** Why nothing can be built here, or undefined. */
  readonly missing: string | undefined;
  /** Compiles the bindings in `folder` with a program; returns the command that runs it. */
  readonly build: (protocol: Protocol, program: Program, folder: string) => Promise<string[]>;
}

/** Writes the protocol's bindings to a folder, which is made. `change` may alter their text. */
export async function writeBindings(
  language: Language,
  protocol: Protocol,
  folder: string,
  change: (text: string) => string = (text) => text,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const { path, text } of await language.emit(protocol, { revisions: [] })) {
    await writeFile(join(folder, path), change(text));
  }
}

const peers = join(root, 'test/conformance/peers');

export const rust: Language = {
  name: 'rust',
  emit: emitRust,
  missing: missing('rustc'),
  build: async (protocol, program, folder) => {
    const library = join(folder, 'libbindings.rlib');
    const output = join(folder, `rust-${program}`);
    const common = ['--edition', '2021', '-D', 'warnings'];
    const kind = ['--crate-type', 'lib', '--crate-name', 'bindings'];
    await run('rustc', [...common, ...kind, join(folder, `${protocol.name}.rs`), '-o', library]);
    const source = programSource(program, 'rust', 'rs');
    await run('rustc', [...common, '--extern', `bindings=${library}`, source, '-o', output]);
    return [output];
  },
};

const flags = [
  '-std=c11',
  '-Wall',
  '-Wextra',
  '-Wpedantic',
  '-Wconversion',
  '-Wshadow',
  '-Werror',
  // What C leaves undefined ends the program; this needs no library.
  '-fsanitize=undefined',
  '-fsanitize-undefined-trap-on-error',
];

export const c: Language = {
  name: 'c',
  emit: emitC,
  missing: missing('gcc'),
  build: async (protocol, program, folder) => {
    const output = join(folder, `c-${program}`);
    const header = join(folder, `${protocol.name}.h`);
    const includes = [`-DBINDING=${JSON.stringify(header)}`, `-DPROTOCOL=${protocol.name}`];
    const parts =
      program === 'peer' ? ['json', 'values', 'transport', 'sabotage'] : ['json', 'values'];
    const sources = [
      programSource(program, 'c', 'c'),
      join(folder, `${protocol.name}.c`),
      ...parts.map((name) => join(peers, `c/${name}.c`)),
    ];
    await run('gcc', [...flags, ...includes, ...sources, '-o', output]);
    return [output];
  },
};

export const python: Language = {
  name: 'python',
  emit: emitPython,
  missing: missing('python3'),
  build: (protocol, program, folder) =>
    Promise.resolve([
      'python3',
      '-B',
      '-W',
      'error',
      programSource(program, 'python', 'py'),
      join(folder, `${protocol.name}.py`),
    ]),
};

export const languages: readonly Language[] = [rust, c, python];

/** `peer` is in a folder of its language; `vectors` beside the tests that use it. */
function programSource(program: Program, folder: string, suffix: string): string {
  return program === 'peer'
    ? join(peers, folder, `peer.${suffix}`)
    : join(root, 'test/bindings', `${program}.${suffix}`);
}

function missing(tool: string): string | undefined {
  try {
    execFileSync(tool, ['--version'], { stdio: 'ignore' });
    return undefined;
  } catch {
    return `no ${tool}`;
  }
}
