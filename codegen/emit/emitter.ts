/** What every emitter is: a function from a checked protocol to files. */
import type { Protocol } from '../model/protocol.js';

/** A generated file. `path` is relative to the protocol's folder (`generated/<protocol>/`). */
export interface GeneratedFile {
  readonly path: string;
  readonly text: string;
}

/** What an emitter may know besides the protocol. */
export interface EmitContext {
  /** Earlier revisions of the protocol, oldest first. */
  readonly revisions: readonly Protocol[];
}

export type Emitter = (
  protocol: Protocol,
  context: EmitContext,
) => readonly GeneratedFile[] | Promise<readonly GeneratedFile[]>;
