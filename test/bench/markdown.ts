/** One full run as a page: test/bench/RESULTS.md. */
import type { Result, Verdict } from './measurement.js';
import { quantity, ratioText } from './report.js';
import { describeTarget } from './target.js';

export interface Run {
  readonly machine: string;
  readonly noise: string;
  readonly summary: string;
  readonly rounds: number;
  readonly results: readonly Result[];
}

const cell = (text: string): string => text.replaceAll('|', '\\|');

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  return [head, head.map(() => '---'), ...rows].map((row) => `| ${row.map(cell).join(' | ')} |`);
}

function verdictRow({ name }: Result, { target, measured, met }: Verdict): string[] {
  const word = met === undefined ? 'not measured' : met ? 'met' : '**missed**';
  return [`\`${name}\``, describeTarget(target, measured), word];
}

function details({ name, title, rows, missing }: Result): string[] {
  const lines = rows.map((row) => [
    row.contender,
    row.figure.name,
    quantity(row.spread.median, row.figure),
    ratioText(row),
  ]);
  return [
    `### ${name}`,
    '',
    `${title}.`,
    '',
    ...(lines.length === 0
      ? []
      : [...table(['', 'figure', 'median', 'ours / this (quartiles)'], lines), '']),
    ...missing.flatMap((reason) => [`Left out: ${reason}.`, '']),
  ];
}

export function formatRun({ machine, noise, summary, rounds, results }: Run): string {
  return [
    '# Benchmark results',
    '',
    'Written by `npm run bench -- --markdown test/bench/RESULTS.md`; do not edit.',
    '',
    '**Only ratios travel.** Each ratio is ours divided by a baseline that ran in the same round on the',
    'same CPU. Times are of one machine, at one time of day: compare none of them with another run.',
    '',
    `- ${machine}`,
    `- ${rounds} rounds, medians; fewer where a measurement would have taken too long`,
    `- ${noise}`,
    `- ${summary}`,
    '',
    '## Targets',
    '',
    ...table(
      ['measurement', 'measured and target', ''],
      results.flatMap((result) => result.verdicts.map((verdict) => verdictRow(result, verdict))),
    ),
    '',
    '## Measurements',
    '',
    ...results.flatMap(details),
  ].join('\n');
}
