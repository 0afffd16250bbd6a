/** `vmwire-codegen check`. */
import { join } from 'node:path';
import type { structuredPatch as StructuredPatch } from 'diff';
import { compareGenerated } from '../project/generate.js';
import type { Difference } from '../project/output.js';
import { missingPackage } from '../report/packages.js';
import type { ExitCode } from './exit-code.js';
import { paint, printDiagnostics, printJson } from './print.js';

const maxDiffs = 5;
const maxLines = 40;
/** Beyond this many changed lines a diff takes long to find and nobody reads it. */
const maxEdits = 1000;

export async function checkCommand(
  schemas: readonly string[],
  options: { readonly out: string; readonly json?: true },
): Promise<ExitCode> {
  const { ok, diagnostics, differences, files } = await compareGenerated({
    schemas,
    out: options.out,
  });
  const current = ok && differences.length === 0;
  if (options.json) {
    const briefly = differences.map(({ kind, path }) => ({ kind, path }));
    printJson({ ok: current, diagnostics, files, differences: briefly });
    return current ? 0 : 1;
  }
  printDiagnostics(diagnostics);
  await printDifferences(differences, options.out);
  if (current) process.stdout.write(`${files} files are current\n`);
  else if (differences.some(isMended)) process.stderr.write('run: vmwire-codegen generate\n');
  return current ? 0 : 1;
}

/** Whether `generate` puts it right. */
function isMended(difference: Difference): boolean {
  return difference.kind !== 'stray' || difference.generated;
}

function saysOf(difference: Difference): string {
  switch (difference.kind) {
    case 'missing':
      return 'is missing';
    case 'changed':
      return 'differs from what its schema generates';
    case 'stray':
      return difference.generated
        ? 'is not generated from any schema'
        : 'is not generated from any schema, and the compiler never wrote it: move it elsewhere';
  }
}

async function printDifferences(differences: readonly Difference[], out: string): Promise<void> {
  let diffs = 0;
  for (const difference of differences) {
    const path = join(out, difference.path);
    process.stderr.write(`${paint(process.stderr, 'bold', path)} ${saysOf(difference)}\n`);
    if (difference.kind !== 'changed') continue;
    diffs += 1;
    if (diffs <= maxDiffs)
      process.stderr.write(await unifiedDiff(path, difference.before, difference.after));
  }
}

/** The beginning of a unified diff from what is on disk to what should be. */
async function unifiedDiff(path: string, before: string, after: string): Promise<string> {
  let structuredPatch: typeof StructuredPatch;
  try {
    ({ structuredPatch } = await import('diff'));
  } catch (error) {
    const failure = missingPackage(error);
    if (failure === undefined) throw error;
    return `  to see how: ${failure.cure}\n`;
  }
  const patch = structuredPatch(path, path, before, after, 'on disk', 'as generated', {
    context: 2,
    maxEditLength: maxEdits,
  });
  if (patch === undefined) return `  more than ${maxEdits} lines differ\n`;
  const lines = patch.hunks.flatMap((hunk) => [
    `@@ -${hunk.oldStart},${hunk.oldLines} +${hunk.newStart},${hunk.newLines} @@`,
    ...hunk.lines,
  ]);
  const shown = [
    `--- ${path} (on disk)`,
    `+++ ${path} (as generated)`,
    ...lines.slice(0, maxLines),
  ];
  if (lines.length > maxLines) shown.push(`… ${lines.length - maxLines} more lines`);
  return `${shown.map(paintDiffLine).join('\n')}\n`;
}

function paintDiffLine(line: string): string {
  if (line.startsWith('+')) return paint(process.stderr, 'green', line);
  if (line.startsWith('-')) return paint(process.stderr, 'red', line);
  return line;
}
