/** What every emitter is: a function from a checked protocol to files. */
import type { Protocol } from '../protocol.js';

/** A generated file. `path` is relative to the protocol's folder (`generated/<protocol>/`). */
export interface GeneratedFile {
  readonly path: string;
  readonly text: string;
}

export type Emitter = (
  protocol: Protocol,
) => readonly GeneratedFile[] | Promise<readonly GeneratedFile[]>;
