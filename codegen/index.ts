/**
 * The compiler as a library: `vmwire/codegen`.
 *
 * @example
 * import { formatDiagnostic, generate } from 'vmwire/codegen';
 *
 * const { ok, diagnostics, differences } = await generate({ schemas: ['demo.ksy'], out: 'out' });
 * for (const diagnostic of diagnostics) console.error(formatDiagnostic(diagnostic));
 * for (const { kind, path } of differences) console.log(kind, path);
 */
export { type CodeDescription, type CodeExample, type Code, codes } from './codes/index.js';
export { type CompileInput, compile, type OutputFile } from './project/compile.js';
export { type Diagnostic, type Excerpt, formatDiagnostic } from './report/diagnostics.js';
export { CompilerFailure, type FailureCode } from './report/failure.js';
export {
  compareGenerated,
  generate,
  type GenerateOptions,
  type GenerateResult,
} from './project/generate.js';
export { compareProtocols } from './formats/compare.js';
export type * from './diff/report.js';
export type { Difference } from './project/output.js';
export type * from './model/packet.js';
export type * from './model/protocol.js';
export { readProtocol, readProtocolText, type ReadOptions, type ReadResult } from './read/index.js';
export { type ReadSchemas, readSchemas } from './project/schemas.js';
