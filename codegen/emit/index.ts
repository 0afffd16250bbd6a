/** Every emitter, in the order in which their files are listed. */
import { emitC } from './c.js';
import type { Emitter } from './emitter.js';
import { emitMarkdown } from './markdown.js';
import { emitPython } from './python.js';
import { emitRust } from './rust.js';
import { emitSvg } from './svg.js';
import { emitTests } from './tests.js';
import { emitTypeScript } from './typescript.js';
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
