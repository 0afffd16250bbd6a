/** A measurement: contenders interleaved in rounds, compared by the ratio of the same round. */
import type { Contender } from './contender.js';
import { type Spread, spreadOf } from './spread.js';
import type { Target } from './target.js';

/** One of the numbers that every contender answers in a round. */
export interface Figure {
  readonly name: string;
  readonly unit: 'ns' | 'bytes';
}

/** A named measurement. `prepare` starts the contenders; the first one is ours. */
export interface Measurement {
  readonly name: string;
  readonly title: string;
  /** Operations in a round, for each contender. */
  readonly count: number;
  /** What contenders answer, in this order; the time of one operation unless told. */
  readonly figures?: readonly Figure[];
  /** Rounds at most, where more would show the same. */
  readonly mostRounds?: number;
  readonly targets: readonly Target[];
  prepare(): Promise<Prepared>;
}

export interface Prepared {
  readonly contenders: readonly Contender[];
  /** What could not be built, and why. */
  readonly missing: readonly string[];
}

/** One figure of one contender. */
export interface Row {
  readonly contender: string;
  readonly figure: Figure;
  readonly spread: Spread;
  /** Ours divided by this one's, in the same round; undefined for ours. */
  readonly ratio: Spread | undefined;
  readonly rounds: readonly number[];
}

/** A target and what was measured. */
export interface Verdict {
  readonly target: Target;
  /** Undefined if the baseline could not be built or the measurement failed. */
  readonly measured: number | undefined;
  readonly met: boolean | undefined;
}

export interface Result {
  readonly name: string;
  readonly title: string;
  readonly rows: readonly Row[];
  readonly verdicts: readonly Verdict[];
  /** What was left out, and why. */
  readonly missing: readonly string[];
}

/** How long a measurement may go on. */
export interface Limits {
  readonly rounds: number;
  /** After this time no further round begins. */
  readonly milliseconds: number;
}

const time: readonly Figure[] = [{ name: 'time', unit: 'ns' }];
/** Without them a median says little. */
const fewestRounds = 3;

/** Runs a measurement: one round to warm up, then `rounds` rounds, each contender once in each. */
export async function run(measurement: Measurement, limits: Limits): Promise<Result> {
  const { name, title, targets } = measurement;
  try {
    const { contenders, missing } = await measurement.prepare();
    const answers = await runRounds(measurement, contenders, limits);
    const rows = rowsOf(measurement.figures ?? time, contenders, answers);
    const verdicts = targets.map((target) => verdictOn(target, rows));
    return { name, title, rows, verdicts, missing };
  } catch (error) {
    // One that fails must not take the others with it.
    const verdicts = targets.map((target) => ({ target, measured: undefined, met: undefined }));
    return { name, title, rows: [], verdicts, missing: [`it failed: ${String(error)}`] };
  }
}

/** Of each contender, of each round: its figures. */
type Answers = readonly (readonly (readonly number[])[])[];

async function runRounds(
  { count, mostRounds = Number.POSITIVE_INFINITY }: Measurement,
  contenders: readonly Contender[],
  limits: Limits,
): Promise<Answers> {
  const answers = contenders.map((): (readonly number[])[] => []);
  const end = performance.now() + limits.milliseconds;
  const rounds = Math.min(limits.rounds, mostRounds);
  try {
    for (let round = 0; round <= rounds; round++) {
      if (round > fewestRounds && performance.now() > end) break;
      for (const [index, contender] of contenders.entries()) {
        const figures = await contender.run(count);
        // Round 0 warms up.
        if (round > 0) answers[index]?.push(figures);
      }
    }
  } finally {
    for (const contender of contenders) contender.close();
  }
  return answers;
}

function rowsOf(
  figures: readonly Figure[],
  contenders: readonly Contender[],
  answers: Answers,
): Row[] {
  return figures.flatMap((figure, place) => {
    const roundsOf = (index: number): number[] =>
      (answers[index] ?? []).map((answer) => answer[place] ?? Number.NaN);
    const ours = roundsOf(0);
    return contenders.map(({ name }, index): Row => {
      const rounds = roundsOf(index);
      const ratios = ours.map((own, round) => own / (rounds[round] ?? Number.NaN));
      return {
        contender: name,
        figure,
        spread: spreadOf(rounds),
        ratio: index === 0 ? undefined : spreadOf(ratios),
        rounds,
      };
    });
  });
}

function verdictOn(target: Target, rows: readonly Row[]): Verdict {
  const ofFigure = rows.filter(
    ({ figure }) => target.figure === undefined || figure.name === target.figure,
  );
  const ours = ofFigure[0]?.spread.median;
  const baseline =
    target.kind === 'value' ? undefined : ofFigure.find((row) => row.contender === target.baseline);
  let measured: number | undefined;
  if (target.kind === 'value') measured = ours;
  else if (target.kind === 'ratio') measured = baseline?.ratio?.median;
  else if (baseline !== undefined && ours !== undefined) measured = ours - baseline.spread.median;
  return { target, measured, met: measured === undefined ? undefined : measured <= target.atMost };
}
