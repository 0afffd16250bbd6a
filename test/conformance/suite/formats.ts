/** The report for people, for programs and for build servers. */
import { countCases, type Failure, type SectionResult, totalsOf } from './report.js';

export interface Outcome {
  readonly sections: readonly SectionResult[];
  /** Languages that are not here: `rust: no rustc`. */
  readonly leftOut: readonly string[];
  readonly milliseconds: number;
}

/** How many failures of one section are spelled out for people. */
const shownFailures = 5;

/** A table, the failures, what was left out, and a line of totals. */
export function asTable({ sections, leftOut, milliseconds }: Outcome): string {
  const rows = [
    ['protocol', 'part', 'peers', 'cases', 'failed', 'skipped', 'ms'],
    ...sections.map((section) => {
      const { cases, failed, skipped } = totalsOf([section]);
      const { protocol, part, subject } = section;
      return [protocol, part, subject, cases, failed, skipped, section.milliseconds].map(String);
    }),
  ];
  const widths =
    rows[0]?.map((_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0))) ?? [];
  const lines = rows.map((row) =>
    row
      .map((cell, at) => (at < 3 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0)))
      .join('  '),
  );
  const totals = totalsOf(sections);
  return [
    ...lines,
    '',
    ...sections.flatMap(failureLines),
    ...sections.flatMap(({ id, skipped }) =>
      skipped.map(({ what, count, reason }) => `skipped ${id}: ${what} (${count}): ${reason}`),
    ),
    ...leftOut.map((each) => `left out ${each}`),
    `${totals.cases} cases in ${sections.length} sections: ${totals.failed} failed, ` +
      `${totals.skipped} skipped, ${(milliseconds / 1000).toFixed(1)} s`,
    '',
  ].join('\n');
}

function failureLines({ id, failures }: SectionResult): string[] {
  const more = failures.length - shownFailures;
  return [
    ...failures.slice(0, shownFailures).map(({ name, group, expected, got }) => {
      const [wanted, answer] = [expected, got].map(brief);
      return `FAIL ${id}: ${group}: ${name}\n     expected ${wanted}\n     got      ${answer}`;
    }),
    ...(more > 0 ? [`     and ${more} more in ${id} (--json has all)`] : []),
  ];
}

function brief(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 300 ? `${text.slice(0, 300)}…` : text;
}

export function asJson({ sections, leftOut, milliseconds }: Outcome): string {
  const totals = { ...totalsOf(sections), milliseconds };
  return `${JSON.stringify({ totals, leftOut, sections }, undefined, 1)}\n`;
}

/** One test suite for each section, one test case for each group and for whatever was skipped. */
export function asJunit({ sections }: Outcome): string {
  const suites = sections.map((section) => {
    const { id, groups, failures, skipped, milliseconds } = section;
    const names = new Set([...Object.keys(groups), ...failures.map(({ group }) => group)]);
    const cases = [...names].map((group) =>
      testCase(id, `${group} (${groups[group] ?? 0} cases)`, failures, group),
    );
    const skips = skipped.map(
      ({ what, reason }) =>
        `<testcase classname="${xml(id)}" name="${xml(what)}"><skipped message="${xml(reason)}"/></testcase>`,
    );
    const failed = [...names].filter((group) => failures.some((each) => each.group === group));
    return [
      `<testsuite name="${xml(id)}" tests="${cases.length + skips.length}" failures="${failed.length}"` +
        ` skipped="${skips.length}" time="${milliseconds / 1000}">`,
      `<properties><property name="cases" value="${countCases(section)}"/></properties>`,
      ...cases,
      ...skips,
      '</testsuite>',
    ].join('\n');
  });
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n${suites.join('\n')}\n</testsuites>\n`;
}

function testCase(id: string, name: string, failures: readonly Failure[], group: string): string {
  const found = failures.filter((each) => each.group === group);
  const open = `<testcase classname="${xml(id)}" name="${xml(name)}"`;
  if (found.length === 0) return `${open}/>`;
  const text = found
    .map((each) => `${each.name}: expected ${brief(each.expected)}, got ${brief(each.got)}`)
    .join('\n');
  return `${open}><failure message="${found.length} failed">${xml(text)}</failure></testcase>`;
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
};

/** Text for XML, which has no control characters. */
function xml(text: string): string {
  // oxlint-disable-next-line no-control-regex -- these are what is replaced
  const printable = text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '�');
  return printable.replace(/[&<>"]/g, (character) => entities[character] ?? '');
}
