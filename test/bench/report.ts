/** Results as a table for people. */
import type { Figure, Result, Row, Verdict } from './measurement.js';
import { describeTarget } from './target.js';

const blocks = '▁▂▃▄▅▆▇█';

/** The rounds as a sparkline from the lowest to the highest. */
function sparkline(values: readonly number[]): string {
  const low = Math.min(...values);
  const high = Math.max(...values);
  return values
    .map((value) => blocks[Math.min(7, Math.floor(((value - low) / (high - low || 1)) * 8))])
    .join('');
}

/** A figure in its unit. */
export function quantity(value: number, { unit }: Figure): string {
  if (unit === 'bytes') return `${value.toFixed(1)} B`;
  if (value < 1e3) return `${value.toFixed(1)} ns`;
  if (value < 1e6) return `${(value / 1e3).toFixed(2)} µs`;
  return `${(value / 1e6).toFixed(2)} ms`;
}

/** Ours divided by this one's, with its quartiles where there is more than one round. */
export function ratioText({ ratio, rounds }: Row): string {
  if (ratio === undefined || Number.isNaN(ratio.median)) return '';
  const [low, high] = ratio.quartiles;
  const range = rounds.length > 1 ? ` (${low.toFixed(3)} … ${high.toFixed(3)})` : '';
  return `${ratio.median.toFixed(3)}${range}`;
}

export function verdictText({ target, measured, met }: Verdict): string {
  const word = met === undefined ? 'not measured' : met ? 'met' : 'MISSED';
  return `${word}: ${describeTarget(target, measured)}`;
}

/** One measurement: a line for each figure of each contender, then a line for each target. */
export function formatResult({ name, title, rows, verdicts, missing }: Result): string {
  const several = new Set(rows.map(({ figure }) => figure.name)).size > 1;
  const label = ({ contender, figure }: Row): string =>
    several ? `${contender}, ${figure.name}` : contender;
  const width = Math.max(0, ...rows.map((row) => label(row).length));
  const lines = rows.map((row) => {
    const ratio = ratioText(row);
    const median = quantity(row.spread.median, row.figure).padStart(10);
    return `${label(row).padEnd(width)}  ${median}  ${sparkline(row.rounds).padEnd(12)}${ratio && ` ours / this ${ratio}`}`;
  });
  return [
    `${name}: ${title}`,
    ...lines.map((line) => `  ${line.trimEnd()}`),
    ...verdicts.map((verdict) => `  ${verdictText(verdict)}`),
    ...missing.map((reason) => `  left out: ${reason}`),
  ].join('\n');
}
