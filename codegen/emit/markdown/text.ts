/** Text of a schema inside a Markdown page. */

/** Any text as Markdown that shows it, on one line. Only `code` keeps its meaning. */
export function inline(text: string): string {
  return oneLine(text)
    .split(/(`[^`]+`)/)
    .map((piece, index) => (index % 2 === 1 ? code(piece.slice(1, -1)) : escape(piece)))
    .join('');
}

/** Any text as paragraphs. */
export function paragraphs(text: string): readonly string[] {
  return text
    .split(/\n[ \t]*\n/)
    .map((paragraph) => inline(paragraph).replace(/^(?:[#+-]|\d+(?=[.)]))/, signAtStart))
    .filter((paragraph) => paragraph !== '')
    .flatMap((paragraph) => [paragraph, '']);
}

/** What would begin a heading or a list. */
function signAtStart(sign: string): string {
  return /\d/.test(sign) ? `${sign}\\` : `\\${sign}`;
}

/** Code in a line or in a cell of a table. */
export function code(text: string): string {
  return `\`${oneLine(text).replace(/`/g, "'").replace(/\|/g, '\\|')}\``;
}

/** A table; empty without rows. */
export function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
): readonly string[] {
  if (rows.length === 0) return [];
  return [row(head), row(head.map(() => '---')), ...rows.map(row), ''];
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

function oneLine(text: string): string {
  return text
    .replace(/\s+/g, ' ')
    .replace(/[\p{Cc}\p{Cs}\p{Bidi_Control}]/gu, '\ufffd')
    .trim();
}

function escape(text: string): string {
  return text
    .replace(/[\\`*_{}[\]|~$]/g, '\\$&')
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;');
}
