/** What generated TypeScript imports from `vmwire/codec`: only what it uses. */
import type { ImportDeclarationStructure } from 'ts-morph';
import { StructureKind } from './ts-morph.js';

const types = ['Descriptor', 'MessageCodec', 'Policy', 'ProtocolDescription'] as const;

const values = [
  'ProtocolError',
  'checkArray',
  'checkDescriptor',
  'checkErrno',
  'checkS1',
  'checkS2',
  'checkS4',
  'checkS8',
  'checkU1',
  'checkU2',
  'checkU4',
  'checkU8',
  'contractVersion',
  'errnoToWire',
  'formatMessage',
  'noDescriptors',
  'readU8',
  'writeZeros',
] as const;

export type CodecName = (typeof types)[number] | (typeof values)[number];

/** Every name that could be imported. */
export const codecNames: readonly string[] = [...types, ...values];

/** Collects what is used while the file is put together. */
export class Imports {
  readonly #used = new Set<CodecName>();

  use(name: CodecName): CodecName {
    this.#used.add(name);
    return name;
  }

  declaration(): ImportDeclarationStructure {
    return {
      kind: StructureKind.ImportDeclaration,
      moduleSpecifier: 'vmwire/codec',
      namedImports: [
        ...types.filter((name) => this.#used.has(name)).map((name) => ({ name, isTypeOnly: true })),
        ...values.filter((name) => this.#used.has(name)),
      ],
    };
  }
}
