/** Documentation from the schema as plain lines, which each language puts into its comments. */

/** Lines that keep their place: list items, indented text, headings, tables, fences. */
const ownLine = /^(?:\s|[-*+|#>]|\d+[.)]|```)/;

/**
 * The texts, one after another with an empty line between, in lines of at most `width` characters
 * as far as their words allow. Controls, invisible characters and every kind of line break but our
 * own are gone; what ends a comment in some language is that language's affair.
 */
export function docLines(texts: readonly string[], width: number): string[] {
  const paragraphs = texts
    .flatMap((text) => text.replace(/\r\n|[\r\v\f\u0085\u2028\u2029]/g, '\n').split(/\n\s*\n/))
    .filter((paragraph) => paragraph.trim() !== '');
  return paragraphs.flatMap((paragraph, index) => {
    const lines = joined(paragraph.split('\n')).flatMap((line) => wrapped(line, width));
    return index === 0 ? lines : ['', ...lines];
  });
}

/** A paragraph's lines as one, so that it can be wrapped anew. */
function joined(lines: readonly string[]): string[] {
  const result: string[] = [];
  for (const line of lines.filter((each) => each.trim() !== '')) {
    const previous = result.at(-1);
    if (previous === undefined || ownLine.test(line) || ownLine.test(previous)) result.push(line);
    else result[result.length - 1] = `${previous} ${line}`;
  }
  return result;
}

function wrapped(line: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of line
    .replace(/[\p{C}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .trim()
    .split(' ')) {
    const previous = lines.at(-1);
    if (previous === undefined || previous.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = `${previous} ${word}`;
  }
  return lines;
}
