/** Text from a schema inside Python: comments and docstrings that can't be broken out of. */
import { docLines } from '../doc-lines.js';

const width = 100;

/** A docstring, or nothing if there is nothing to say. */
export function docstring(paragraphs: readonly string[], indent: string): string {
  const lines = docLines(paragraphs, width - indent.length - 6).map((line) =>
    line.replaceAll('\\', '\\\\').replace(/"(?=""|$)/g, '\\"'),
  );
  const [first, ...rest] = lines;
  if (first === undefined) return '';
  if (rest.length === 0) return `${indent}"""${first}"""\n`;
  const body = rest.map((line) => `${indent}${line}`.trimEnd());
  return `${[`${indent}"""${first}`, ...body].join('\n')}\n${indent}"""\n`;
}

/** Comment lines, each ended, or nothing if there is nothing to say. */
export function comment(paragraphs: readonly string[], indent: string): string {
  return docLines(paragraphs, width - indent.length - 2)
    .map((line) => `${`${indent}# ${line}`.trimEnd()}\n`)
    .join('');
}
