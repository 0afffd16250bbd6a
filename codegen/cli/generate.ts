/** `vmwire-codegen generate`. */
import { join } from 'node:path';
import { type GenerateResult, generate } from '../project/generate.js';
import type { ExitCode } from './exit-code.js';
import { printDiagnostics, printJson } from './print.js';

export interface GenerateCommandOptions {
  readonly out: string;
  readonly json?: true;
}

export async function generateCommand(
  schemas: readonly string[],
  options: GenerateCommandOptions,
): Promise<ExitCode> {
  const result = await generate({ schemas, out: options.out });
  if (options.json) printJson(toJson(result));
  else printResult(result, options.out);
  return result.ok ? 0 : 1;
}

function toJson({ ok, diagnostics, differences, files }: GenerateResult) {
  const paths = (written: boolean) =>
    differences
      .filter((difference) =>
        difference.kind === 'stray' ? !written && difference.generated : written,
      )
      .map(({ path }) => path);
  return { ok, diagnostics, files, written: paths(true), removed: paths(false) };
}

function printResult(result: GenerateResult, out: string): void {
  printDiagnostics(result.diagnostics);
  if (!result.ok) {
    process.stderr.write('nothing was written\n');
    return;
  }
  for (const difference of result.differences) {
    const path = join(out, difference.path);
    if (difference.kind !== 'stray') process.stdout.write(`wrote ${path}\n`);
    else if (difference.generated) process.stdout.write(`removed ${path}\n`);
    else process.stderr.write(`left alone: ${path}, which the compiler never generated\n`);
  }
  const { written, removed } = toJson(result);
  process.stdout.write(
    `${result.files} files: ${written.length} written, ${removed.length} removed\n`,
  );
}
