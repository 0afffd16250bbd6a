/** What came of the cases. */

/** A case whose outcome is not what it must be. */
export interface Failure {
  readonly name: string;
  readonly group: string;
  readonly expected: unknown;
  readonly got: unknown;
}

/** Cases that were left out. */
export interface Skip {
  readonly what: string;
  readonly count: number;
  readonly reason: string;
}

/** One peer, or one pair of peers, in one part of the suite, on one protocol. */
export interface SectionResult {
  /** `vm_control/receive/python strict`: what `--only` looks at. */
  readonly id: string;
  readonly protocol: string;
  readonly part: string;
  readonly subject: string;
  /** How many cases ran, by group. */
  readonly groups: Readonly<Record<string, number>>;
  readonly failures: readonly Failure[];
  readonly skipped: readonly Skip[];
  readonly milliseconds: number;
}

/** Collects the outcome of one section. */
export class Tally {
  readonly groups: Record<string, number> = {};
  readonly failures: Failure[] = [];
  readonly skipped: Skip[] = [];

  ran(group: string): void {
    this.groups[group] = (this.groups[group] ?? 0) + 1;
  }

  fail(
    each: { readonly name: string; readonly group: string },
    expected: unknown,
    got: unknown,
  ): void {
    this.failures.push({ name: each.name, group: each.group, expected, got });
  }

  skip(what: string, count: number, reason: string): void {
    if (count > 0) this.skipped.push({ what, count, reason });
  }
}

export interface Totals {
  readonly cases: number;
  readonly failed: number;
  readonly skipped: number;
}

export function countCases({ groups }: SectionResult): number {
  return Object.values(groups).reduce((sum, count) => sum + count, 0);
}

export function totalsOf(sections: readonly SectionResult[]): Totals {
  const sum = (count: (section: SectionResult) => number): number =>
    sections.reduce((total, section) => total + count(section), 0);
  return {
    cases: sum(countCases),
    // One case may fail in several ways.
    failed: sum(({ failures }) => new Set(failures.map(({ name }) => name)).size),
    skipped: sum(({ skipped }) => skipped.reduce((total, { count }) => total + count, 0)),
  };
}
