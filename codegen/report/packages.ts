/** Packages that the compiler uses and that may not be installed: what to do then. */
import { CompilerFailure, errorCode, reasonOf } from './failure.js';

/**
 * What to tell about an import that failed, if it failed because a package is missing.
 *
 * @example
 * const failure = missingPackage(error); // failure.cure: 'npm install --save-dev ts-morph'
 */
export function missingPackage(error: unknown): CompilerFailure | undefined {
  const code = errorCode(error);
  if (code !== 'ERR_MODULE_NOT_FOUND' && code !== 'MODULE_NOT_FOUND') return undefined;
  const [, name] =
    /^Cannot find (?:package|module) '((?:@[^/']+\/)?[^./'][^/']*)/.exec(reasonOf(error)) ?? [];
  if (name === undefined) return undefined;
  return new CompilerFailure(
    'MISSING_PACKAGE',
    name,
    `the compiler needs the package ${name}, which is not installed`,
    `npm install --save-dev ${name}`,
    { cause: error },
  );
}
