/** `vmwire-codegen lint`. */
import { defaultSchemas, readSchemas } from '../project/schemas.js';
import type { ExitCode } from './exit-code.js';
import { printDiagnostics, printJson } from './print.js';

export async function lintCommand(
  schemas: readonly string[],
  options: { readonly kaitai: boolean; readonly json?: true },
): Promise<ExitCode> {
  const named = schemas.length > 0 ? schemas : defaultSchemas();
  const { inputs, diagnostics } = await readSchemas(named, options.kaitai);
  const ok = inputs.length > 0;
  if (options.json) {
    printJson({ ok, schemas: named, diagnostics });
    return ok ? 0 : 1;
  }
  printDiagnostics(diagnostics);
  if (ok)
    process.stdout.write(
      `${named.length} ${named.length === 1 ? 'schema is' : 'schemas are'} right\n`,
    );
  return ok ? 0 : 1;
}
