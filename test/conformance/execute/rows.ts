/** The reference's recorded answers to requests (`execute.jsonl`), and on which VMs they were given. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A value of a message, named as in the schema; 64-bit integers are decimal strings. */
export interface TracedMessage {
  readonly variant: string;
  readonly fields: Readonly<Record<string, number | string>>;
}

/** A request that travelled, and the bytes of the memfd that came with it. */
export interface TracedRequest extends TracedMessage {
  readonly fd_size?: string;
}

/** What a VM makes of a request, and its state afterwards. */
export interface TracedAnswer {
  readonly response: TracedMessage;
  readonly next_pfn_before: string;
  readonly next_pfn: string;
  readonly running: boolean;
  /** Hex of what the balloon's far end received. */
  readonly balloon?: string;
}

/** One request and what the reference made of it. */
export interface ExecuteRow extends TracedAnswer {
  readonly section: string;
  readonly name: string;
  /** Missing for what never travels. */
  readonly request?: TracedRequest;
}

/** Rows that follow one another on one VM. */
export interface VmRun {
  readonly section: string;
  readonly rows: readonly ExecuteRow[];
}

/** Reads `execute.jsonl` in a folder; without one there are no rows. */
export function executeRows(folder: string): ExecuteRow[] {
  const file = join(folder, 'execute.jsonl');
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as ExecuteRow); // written by the recorder in this shape
}

/** How the recorder had the balloon's far end fail. */
export function breaksBalloon({ section, name }: ExecuteRow): boolean {
  return section === 'balloon' && /closed|shut down|queue full|unconnected/.test(name);
}

/**
 * Which rows share a VM: those of a section, but not where the balloon breaks; in `size` each row has
 * a fresh VM, which it still is after refusals.
 */
export function vmRuns(rows: readonly ExecuteRow[]): VmRun[] {
  const runs: { section: string; rows: ExecuteRow[] }[] = [];
  for (const row of rows) {
    const { section } = row;
    const run = breaksBalloon(row)
      ? undefined
      : runs.findLast((each) => each.section === section && each.rows.every(leavesVmForOthers));
    if (run === undefined) runs.push({ section, rows: [row] });
    else run.rows.push(row);
  }
  return runs;
}

function leavesVmForOthers(row: ExecuteRow): boolean {
  return !breaksBalloon(row) && (row.section !== 'size' || row.response.variant === 'err');
}
