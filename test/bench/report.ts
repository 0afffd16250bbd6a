/** Results as a table for people. */
import type { Result } from './measurement.js';

const blocks = '▁▂▃▄▅▆▇█';

/** The rounds as a sparkline from the fastest to the slowest. */
function sparkline(values: readonly number[]): string {
  const low = Math.min(...values);
  const high = Math.max(...values);
  return values
    .map((value) => blocks[Math.min(7, Math.floor(((value - low) / (high - low || 1)) * 8))])
    .join('');
}

function time(nanoseconds: number): string {
  if (nanoseconds < 1e3) return `${nanoseconds.toFixed(1)} ns`;
  if (nanoseconds < 1e6) return `${(nanoseconds / 1e3).toFixed(2)} µs`;
  return `${(nanoseconds / 1e6).toFixed(2)} ms`;
}

/** One measurement: a line for each contender, then a line for each target. */
export function formatResult(result: Result): string {
  const width = Math.max(...result.timings.map((timing) => timing.name.length));
  const lines = [`${result.name}: ${result.title}`];
  for (const [index, timing] of result.timings.entries()) {
    const spread = `${time(timing.quartiles[0])} … ${time(timing.quartiles[1])}`;
    const ratio = index === 0 ? '' : `  ours / this ${timing.ratio.toFixed(3)}`;
    lines.push(
      `  ${timing.name.padEnd(width)}  ${time(timing.median).padStart(10)}  ${spread.padEnd(24)}  ${sparkline(timing.rounds)}${ratio}`,
    );
  }
  for (const verdict of result.verdicts) {
    const limit = `at most ${verdict.atMost.toFixed(3)} of ${verdict.baseline}`;
    if (verdict.ratio === undefined) lines.push(`  not measured: ${limit}`);
    else
      lines.push(
        `  ${verdict.met === true ? 'met' : 'MISSED'}: ${verdict.ratio.toFixed(3)}, ${limit}`,
      );
  }
  for (const reason of result.missing) lines.push(`  left out: ${reason}`);
  return lines.join('\n');
}
