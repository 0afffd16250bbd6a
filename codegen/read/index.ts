/** Reads a schema: a checked protocol, or everything that is wrong with it. */
import { type Diagnostic, Reporter } from '../report/diagnostics.js';
import { checkWithKaitai } from './kaitai.js';
import type { Protocol } from '../model/protocol.js';
import { parseSource, type SourceMap } from './source.js';
import { checkText, decodeText, readSchemaFile } from './file.js';
import { buildProtocol } from './protocol.js';

/** There is a protocol exactly if no diagnostic is an error. */
export interface ReadResult {
  readonly protocol: Protocol | undefined;
  /** In the order of the file. Warnings may come beside a protocol. */
  readonly diagnostics: readonly Diagnostic[];
}

export interface ReadOptions {
  /**
   * Whether Kaitai's own compiler checks what passes our checks (by default it does). Loading it
   * takes a third of a second. Where it's not installed, a warning says that it was left out.
   */
  readonly kaitai?: boolean;
}

interface Checked {
  readonly root: SourceMap | undefined;
  readonly protocol: Protocol | undefined;
}

function check(text: string, file: string, report: Reporter): Checked {
  const root = checkText(text, file, report) ? parseSource(text, file, report) : undefined;
  return { root, protocol: root && buildProtocol(root, report) };
}

function result({ protocol }: Checked, report: Reporter): ReadResult {
  return { protocol: report.failed ? undefined : protocol, diagnostics: report.diagnostics };
}

/**
 * Reads a schema file.
 *
 * Neither what is in the file nor a file that can't be read makes it throw.
 *
 * @example
 * const { protocol, diagnostics } = await readProtocol('schema/vm_control.ksy');
 * for (const diagnostic of diagnostics) console.error(formatDiagnostic(diagnostic));
 */
export async function readProtocol(file: string, options: ReadOptions = {}): Promise<ReadResult> {
  const opening = new Reporter(file, '');
  const bytes = await readSchemaFile(file, opening);
  const text = bytes && decodeText(bytes, opening);
  if (text === undefined) return { protocol: undefined, diagnostics: opening.diagnostics };
  const report = new Reporter(file, text);
  const checked = check(text, file, report);
  if (checked.root && !report.failed && options.kaitai !== false) {
    await checkWithKaitai(checked.root, report);
  }
  return result(checked, report);
}

/** Reads a schema's text without Kaitai's checks. `file` is what diagnostics call it. */
export function readProtocolText(text: string, file: string): ReadResult {
  const report = new Reporter(file, text);
  return result(check(text, file, report), report);
}
