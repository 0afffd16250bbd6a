/** Text from a schema inside Rust's documentation comments, which end with their line. */
import { docLines } from '../doc-lines.js';

const width = 100;

/** Lines of a documentation comment, each ended, or nothing if there is nothing to say. */
export function rustDoc(paragraphs: readonly string[], indent = '', marker = '///'): string {
  return docLines(paragraphs, width - indent.length - 4)
    .map((line) => `${`${indent}${marker} ${line}`.trimEnd()}\n`)
    .join('');
}
