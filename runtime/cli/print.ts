/** How `vmwire` writes: colours on a terminal, JSON for machines, and no complaint if nobody reads. */
import { visible } from '../codec/quoted.js';
import { status } from './status.js';

const codes = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 } as const;

/** Names of styles. */
export type Style = keyof typeof codes;

/** Whether to colour: as NO_COLOR and FORCE_COLOR say, else if the stream is a terminal. */
export function hasColours(stream: NodeJS.WriteStream): boolean {
  const { NO_COLOR: no = '', FORCE_COLOR: force } = process.env;
  if (no !== '') return false;
  if (force !== undefined) return force !== '0' && force !== 'false';
  return stream.isTTY === true;
}

/** Text in a style, where the stream shows it. */
export function paint(stream: NodeJS.WriteStream, style: Style, text: string): string {
  return hasColours(stream) ? `\x1b[${codes[style]}m${text}\x1b[0m` : text;
}

const watched = new Set<NodeJS.WriteStream>();

/**
 * Writes to a stream. If its reader has gone (`| head`) the program ends without a word; if it can't be
 * written to, such as on a full disk, with the reason.
 */
export function write(stream: NodeJS.WriteStream, text: string | Uint8Array): void {
  if (!watched.has(stream)) {
    watched.add(stream);
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') process.exit();
      if (stream !== process.stderr) process.stderr.write(`vmwire: ${visible(error.message)}\n`);
      process.exit(status.refused);
    });
  }
  stream.write(text);
}

/** One line on standard output, or several. What is not our own in it must be made visible before. */
export function printLine(line: string): void {
  write(process.stdout, `${line}\n`);
}

/** One JSON value on a line of standard output; 64-bit integers as decimal strings. */
export function printJson(value: unknown): void {
  const text = JSON.stringify(value, (_key, each: unknown) =>
    typeof each === 'bigint' ? String(each) : each,
  );
  // JSON leaves the controls from 0x7f on as they are, and a terminal obeys those too.
  printLine(visible(text));
}

/** What went wrong, and on a line of its own what to do about it; paths in them may hold anything. */
export function printFailure(message: string, cure: string | undefined): void {
  const { stderr } = process;
  write(stderr, `${paint(stderr, 'red', 'vmwire:')} ${visible(message)}\n`);
  if (cure !== undefined) write(stderr, `  ${visible(cure)}\n`);
}
