/** Every emitter, in the order in which their files are listed. */
import { emitC } from './c/index.js';
import type { Emitter } from './emitter.js';
import { emitMarkdown } from './markdown/index.js';
import { emitPython } from './python/index.js';
import { emitRust } from './rust/index.js';
import { emitSvg } from './svg/index.js';
import { emitTests } from './tests/index.js';
import { emitTypeScript } from './typescript/index.js';
import { emitVectors } from './vectors.js';

export const emitters: readonly Emitter[] = [
  emitTypeScript,
  emitTests,
  emitVectors,
  emitRust,
  emitC,
  emitPython,
  emitMarkdown,
  emitSvg,
];
