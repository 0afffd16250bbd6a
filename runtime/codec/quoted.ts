/** Strings of strangers, as they are shown to people. */

/** The first 60 characters in quotes, on one line and without control characters: a terminal obeys those. */
export function quoted(text: string): string {
  // JSON escapes the control characters below 0x20 alone.
  return JSON.stringify(text.slice(0, 60)).replace(
    /[\u007f-\u009f\u2028\u2029]/g,
    (each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
