/** The reference's recorded answers (test/conformance/traces/execute.jsonl). */
import { readFileSync } from 'node:fs';

/** A value of a message, named as in the schema; 64-bit integers are decimal strings. */
export interface TracedMessage {
  readonly variant: string;
  readonly fields: Readonly<Record<string, number | string>>;
  /** Bytes of the memfd that came with the request. */
  readonly fd_size?: string;
}

/** One request and what the reference made of it. */
export interface ExecuteRow {
  readonly section: string;
  readonly name: string;
  /** Missing for what never travels. */
  readonly request?: TracedMessage;
  readonly response: TracedMessage;
  readonly next_pfn_before: string;
  readonly next_pfn: string;
  readonly running: boolean;
  /** Hex of what the balloon's far end received. */
  readonly balloon?: string;
}

const file = new URL('../../../test/conformance/traces/execute.jsonl', import.meta.url);

/** The rows of the given sections, in order. */
export function executeRows(...sections: string[]): ExecuteRow[] {
  return readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as ExecuteRow) // written by the recorder in this shape
    .filter((row) => sections.includes(row.section));
}
