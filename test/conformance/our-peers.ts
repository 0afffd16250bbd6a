/** Our own peers, one in each language, built for any protocol. */
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Protocol } from '../../codegen/model/protocol.js';
import { languages, writeBindings } from './languages.js';

/** A peer program in one language. */
export interface OurPeer {
  readonly name: string;
  /** Why it can't be built here, or undefined. */
  readonly missing: string | undefined;
  /** Generates and compiles what it needs in a folder, which is made; returns the command that runs it. */
  readonly build: (protocol: Protocol, folder: string) => Promise<readonly string[]>;
}

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** Generates the codec as anyone's build outside of this repository does, and loads that. */
async function buildTypeScript(protocol: Protocol, folder: string): Promise<readonly string[]> {
  // They take a second to load, which whoever only lists the sections need not wait for.
  const { emitTypeScript } = await import('../../codegen/emit/typescript/index.js');
  const { default: ts } = await import('typescript-6');
  await mkdir(join(folder, 'node_modules'), { recursive: true });
  await symlink(root, join(folder, 'node_modules/vmwire'));
  const files = await emitTypeScript(protocol, { revisions: [] });
  for (const { path, text } of files) {
    const { outputText } = ts.transpileModule(text, {
      compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
    });
    await writeFile(join(folder, path.replace(/\.ts$/, '.mjs')), outputText);
  }
  const program = join(root, 'dist/test/conformance/peers/typescript/peer.js');
  return [process.execPath, program, join(folder, `${protocol.name}.mjs`)];
}

export const ourPeers: readonly OurPeer[] = [
  { name: 'typescript', missing: undefined, build: buildTypeScript },
  ...languages.map((language) => ({
    name: language.name,
    missing: language.missing,
    build: async (protocol: Protocol, folder: string) => {
      await writeBindings(language, protocol, folder);
      return language.build(protocol, 'peer', folder);
    },
  })),
];
