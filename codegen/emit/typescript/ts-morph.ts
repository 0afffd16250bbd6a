/**
 * What the emitters use of ts-morph, loaded with `require`: an `import` would have Node scan its text,
 * 10 MB with TypeScript's compiler, for the names that it exports.
 */
import { createRequire } from 'node:module';
import type * as TsMorph from 'ts-morph';

// `require` knows no types; these are the module's own.
const tsMorph = createRequire(import.meta.url)('ts-morph') as typeof TsMorph;

export const { Project, StructureKind, VariableDeclarationKind } = tsMorph;
