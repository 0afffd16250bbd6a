/** A measurement: contenders interleaved in rounds, compared by the ratio of the same round. */
import type { Contender } from './contender.js';

export interface Target {
  /** The name of the baseline, and how many times its time ours may take at most. */
  readonly baseline: string;
  readonly atMost: number;
}

/** A named measurement. `prepare` starts the contenders; the first one is ours. */
export interface Measurement {
  readonly name: string;
  readonly title: string;
  /** Operations in a round, for each contender. */
  readonly count: number;
  readonly targets: readonly Target[];
  prepare(): Promise<Prepared>;
}

export interface Prepared {
  readonly contenders: readonly Contender[];
  /** What could not be built, and why. */
  readonly missing: readonly string[];
}

/** Times of one contender, in nanoseconds for one operation. */
export interface Timing {
  readonly name: string;
  readonly median: number;
  /** First and third quartile. */
  readonly quartiles: readonly [number, number];
  /** Ours divided by this one's, the median over the rounds; 1 for ours. */
  readonly ratio: number;
  readonly rounds: readonly number[];
}

export interface Result {
  readonly name: string;
  readonly title: string;
  readonly timings: readonly Timing[];
  readonly verdicts: readonly (Target & {
    readonly ratio: number | undefined;
    readonly met: boolean | undefined;
  })[];
  readonly missing: readonly string[];
}

/** Runs a measurement: one round to warm up, then `rounds` rounds, each contender once in each. */
export async function run(measurement: Measurement, rounds: number): Promise<Result> {
  const { contenders, missing } = await measurement.prepare();
  const times = contenders.map((): number[] => []);
  try {
    for (let round = -1; round < rounds; round++) {
      for (const [index, contender] of contenders.entries()) {
        const nanoseconds = await contender.run(measurement.count);
        if (round >= 0) times[index]?.push(nanoseconds);
      }
    }
  } finally {
    for (const contender of contenders) contender.close();
  }
  const ours = times[0] ?? [];
  const timings = contenders.map(({ name }, index): Timing => {
    const own = times[index] ?? [];
    return {
      name,
      median: quantile(own, 0.5),
      quartiles: [quantile(own, 0.25), quantile(own, 0.75)],
      ratio: quantile(
        own.map((time, round) => (ours[round] ?? Number.NaN) / time),
        0.5,
      ),
      rounds: own,
    };
  });
  const verdicts = measurement.targets.map((target) => {
    const ratio = timings.find((timing) => timing.name === target.baseline)?.ratio;
    return { ...target, ratio, met: ratio === undefined ? undefined : ratio <= target.atMost };
  });
  return { name: measurement.name, title: measurement.title, timings, verdicts, missing };
}

/** The value below which `part` of the values lie, interpolated. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const position = (sorted.length - 1) * part;
  const below = sorted[Math.floor(position)] ?? Number.NaN;
  const above = sorted[Math.ceil(position)] ?? below;
  return below + (above - below) * (position - Math.floor(position));
}
