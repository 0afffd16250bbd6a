/** Every code that a diagnostic can carry, with what it means. */
import type { CodeDescription } from './code.js';
import { fieldCodes } from './fields.js';
import { fileCodes } from './files.js';
import { keyCodes } from './keys.js';
import { messageCodes } from './messages.js';
import { protocolCodes } from './protocols.js';
import { variantCodes } from './variants.js';

export { type CodeDescription, type CodeExample, exampleFile } from './code.js';

const all = {
  ...fileCodes,
  ...keyCodes,
  ...fieldCodes,
  ...messageCodes,
  ...variantCodes,
  ...protocolCodes,
};

/** Stable: a code that is no longer used is never given to another mistake. */
export type Code = keyof typeof all;

export const codes: Readonly<Record<Code, CodeDescription>> = all;

/** Whether the text is one of our codes. */
export function isCode(text: string): text is Code {
  return Object.hasOwn(codes, text);
}
