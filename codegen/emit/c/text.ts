/** Text from a schema inside C: comments and strings that can't be broken out of. */
import { docLines } from '../doc-lines.js';

const width = 100;

/** A block comment, or nothing if there is nothing to say. Trigraphs in it would be warned about. */
export function cComment(paragraphs: readonly string[], indent = ''): string {
  const lines = docLines(paragraphs, width - indent.length - 6).map((line) =>
    line
      .replaceAll('*/', '* /')
      .replaceAll('/*', '/ *')
      .replace(/\?(?=\?)/g, '? '),
  );
  const [only] = lines;
  if (only === undefined) return '';
  if (lines.length === 1) return `${indent}/* ${only} */`;
  const body = lines.map((line) => `${indent} * ${line}`.trimEnd());
  return [`${indent}/*`, ...body, `${indent} */`].join('\n');
}
