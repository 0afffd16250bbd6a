/** Text and numbers from a schema as TypeScript literals that can't be broken out of. */

/** A string literal. */
export function stringLiteral(text: string): string {
  // JSON leaves DEL, the C1 controls and the two line separators as they are.
  return JSON.stringify(text).replace(/[\u007f-\u009f\u2028\u2029\ufeff]/g, codeUnitEscape);
}

function codeUnitEscape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** An integer literal: 8 bytes are a bigint, fewer a number. */
export function integerLiteral(value: bigint, size: number): string {
  return size === 8 ? `${value}n` : String(value);
}
