/** What a vCPU's thread and its handle tell each other. */
import type { MappedLeftover } from '../memory/mapped-range.js';
import type { GuestMemoryToken } from '../memory/guest-memory.js';
import type { Exit } from './exits.js';

/** How a vCPU ended: by an exit that no device answers, or because it was told to. */
export type VcpuOutcome = Exit | { readonly reason: 'stopped' };

/** What the thread starts with. */
export interface VcpuStart {
  readonly id: number;
  /** The vCPU's descriptor; the handle keeps it open for as long as the thread lives. */
  readonly fd: number;
  readonly mmapSize: number;
  readonly slots: SharedArrayBuffer;
  readonly words: SharedArrayBuffer;
  readonly memory: GuestMemoryToken;
  /** The URL of the module that makes the bus. */
  readonly devices: string | undefined;
  readonly data: unknown;
  readonly regularInterruptMs: number;
}

/** From the handle to the thread. */
export type ToVcpu =
  | { readonly type: 'look' }
  /** Ends the pauses told so far: a later one, which crossed this message, goes on. */
  | { readonly type: 'resume'; readonly pauses: number }
  | { readonly type: 'call'; readonly id: number; readonly name: string; readonly args: unknown[] }
  | { readonly type: 'post'; readonly message: unknown };

/** From the thread to the handle. */
export type FromVcpu =
  | { readonly type: 'taken' }
  | { readonly type: 'running' }
  | { readonly type: 'paused' }
  | { readonly type: 'answer'; readonly id: number; readonly value: unknown }
  | { readonly type: 'refusal'; readonly id: number; readonly error: unknown }
  | { readonly type: 'post'; readonly message: unknown }
  | { readonly type: 'ended'; readonly outcome: VcpuOutcome }
  | { readonly type: 'leftovers'; readonly ranges: readonly MappedLeftover[] };
