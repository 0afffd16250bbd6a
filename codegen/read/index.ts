/** Reads a schema: a checked protocol, or everything that is wrong with it. */
import { readFile } from 'node:fs/promises';
import { type Diagnostic, Reporter } from '../diagnostics.js';
import type { Protocol } from '../protocol.js';
import { parseSource } from '../source.js';
import { buildProtocol } from './protocol.js';

/** There is a protocol exactly if no diagnostic is an error. */
export interface ReadResult {
  readonly protocol: Protocol | undefined;
  /** In the order of the file. Warnings may come beside a protocol. */
  readonly diagnostics: readonly Diagnostic[];
}

export interface ReadOptions {
  /** Whether Kaitai's own compiler checks the schema too, which takes a third of a second. */
  readonly kaitai?: boolean;
}

/** Reads a schema file. Never throws for what is in the file, or for a file that can't be read. */
export async function readProtocol(file: string, _options: ReadOptions = {}): Promise<ReadResult> {
  return readProtocolText(await readFile(file, 'utf8'), file);
}

/** Reads a schema's text without Kaitai's checks. `file` is what diagnostics call it. */
export function readProtocolText(text: string, file: string): ReadResult {
  const report = new Reporter(file, text);
  const root = parseSource(text, file, report);
  const protocol = root && buildProtocol(root, report);
  return { protocol: report.failed ? undefined : protocol, diagnostics: report.diagnostics };
}
