/** Every emitter, in the order in which their files are listed. */
import type { Emitter } from './emitter.js';
import { emitTypeScript } from './typescript.js';
import { emitVectors } from './vectors.js';

export const emitters: readonly Emitter[] = [emitTypeScript, emitVectors];
