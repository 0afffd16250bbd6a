/** Text inside an SVG document. */

/** Text that can't end an element or an attribute, without the characters that XML forbids. */
export function escapeXml(text: string): string {
  return text
    .replace(/[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu, '\ufffd')
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/"/g, '&quot;')
    .replace(/'/g, '&#39;');
}

/** Roughly how wide a character of a monospaced font is, for a font size of 1. */
const advance = 0.61;

/** A name as it fits into a width: smaller first, then cut. Sizes are in pixels. */
export function fitText(
  text: string,
  width: number,
  largest: number,
  smallest: number,
): { readonly text: string; readonly size: number } {
  const characters = [...text];
  const size = Math.min(largest, Math.floor((width / (characters.length * advance)) * 2) / 2);
  if (size >= smallest) return { text, size };
  const room = Math.floor(width / (smallest * advance));
  return { text: `${characters.slice(0, Math.max(1, room - 1)).join('')}…`, size: smallest };
}
