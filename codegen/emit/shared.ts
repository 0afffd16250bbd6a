/** Sources that all generated files of a language share, written in that language beside its emitter. */
import { readFileSync } from 'node:fs';

/**
 * The shared source, without an end of line, from the words with which the part begins that is
 * emitted: what stands before them makes the file whole, for the tools of its language.
 *
 * The build copies these files, so that they stand beside the emitter there too.
 */
export function sharedSource(file: URL, start: string): string {
  const text = readFileSync(file, 'utf8');
  const at = text.indexOf(start);
  if (at === -1) throw new Error(`${file.pathname} does not say: ${start}`);
  return text.slice(at).trimEnd();
}
