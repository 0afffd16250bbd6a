/** Strings of strangers, as they are shown to people. */

/**
 * On one line and without control characters, which a terminal obeys: each is shown as JSON escapes it.
 * So are those that are invisible or change the direction of the text.
 *
 * @example
 * visible('vm\x1b[2J.sock'); // 'vm\\u001b[2J.sock'
 */
export function visible(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (each) =>
    // Beyond 0xffff there are two units, and JSON escapes both.
    [...Array(each.length).keys()]
      .map((unit) => `\\u${each.charCodeAt(unit).toString(16).padStart(4, '0')}`)
      .join(''),
  );
}

/** The first 60 characters in quotes, as {@link visible}. */
export function quoted(text: string): string {
  return visible(JSON.stringify(text.slice(0, 60)));
}
