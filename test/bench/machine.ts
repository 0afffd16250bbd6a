/** The machine that measures: what it is, and how quiet it was. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { arch, cpus, loadavg, release, totalmem } from 'node:os';
import type { Result } from './measurement.js';
import { quantile } from './spread.js';

const cpu = 1;

/**
 * Keeps this process, and with it every program that it starts, on one CPU.
 *
 * @returns what came of it, in words
 */
export function pinToOneCpu(): string {
  const { status } = spawnSync('taskset', ['-a', '-c', '-p', `${cpu}`, `${process.pid}`]);
  return status === 0 ? `all on CPU ${cpu}` : 'not pinned to a CPU (taskset failed)';
}

export function describeMachine(): string {
  const gibibytes = Math.round(totalmem() / 2 ** 30);
  return `${cpus().length} × ${cpus()[0]?.model ?? 'unknown CPU'}, ${gibibytes} GiB, Linux ${release()} ${arch()}, Node ${process.versions.node}`;
}

/** Hundredths of seconds that all CPUs had, and that the host took away from them. */
export interface CpuTime {
  readonly total: number;
  readonly idle: number;
  readonly stolen: number;
}

export function cpuTime(): CpuTime {
  const [first = ''] = readFileSync('/proc/stat', 'utf8').split('\n');
  const ticks = first.split(/\s+/).slice(1, 9).map(Number);
  const total = ticks.reduce((sum, value) => sum + value, 0);
  return { total, idle: (ticks[3] ?? 0) + (ticks[4] ?? 0), stolen: ticks[7] ?? 0 };
}

/** How quiet the machine was since `before`, and how far the ratios of a measurement lay apart. */
export function describeNoise(before: CpuTime, results: readonly Result[]): string {
  const { total, idle, stolen } = cpuTime();
  const share = (part: number): string => `${((100 * part) / (total - before.total)).toFixed(0)} %`;
  const spreads = results
    .flatMap(({ rows }) => rows)
    .flatMap(({ ratio }) =>
      ratio === undefined ? [] : [(ratio.quartiles[1] - ratio.quartiles[0]) / ratio.median],
    )
    .filter((spread) => Number.isFinite(spread));
  const percent = (part: number): string => `${(100 * quantile(spreads, part)).toFixed(1)} %`;
  const ratios =
    spreads.length === 0
      ? ''
      : `; between the quartiles of a ratio lie ${percent(0.5)} (median), ${percent(0.9)} (one in ten has more)`;
  return `noise: ${share(idle - before.idle)} of the CPU time idle, ${share(stolen - before.stolen)} taken by the host, load ${loadavg()[0]?.toFixed(1)}${ratios}`;
}
