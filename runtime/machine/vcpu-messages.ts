/** What a vCPU's thread and its handle tell each other. */
import { StructValueError } from '../../native/struct.js';
import { SystemError } from '../errors.js';
import type { MappedLeftover } from '../memory/mapped-range.js';
import type { GuestMemoryToken } from '../memory/guest-memory.js';
import type { Exit } from '../kvm/exits.js';

/** Why a call failed. Cloning an error keeps its text alone: what its caller looks at travels beside it. */
export type Refusal =
  | {
      readonly kind: 'system';
      readonly errno: number;
      readonly operation: string;
      readonly subject: string | undefined;
    }
  | { readonly kind: 'value'; readonly message: string }
  | { readonly kind: 'other'; readonly error: unknown };

/** An error, to be posted. */
export function refusalOf(error: unknown): Refusal {
  if (error instanceof SystemError) {
    const { errno, operation, subject } = error;
    return { kind: 'system', errno, operation, subject };
  }
  if (error instanceof StructValueError) return { kind: 'value', message: error.message };
  return { kind: 'other', error };
}

/** The same error in the thread that it was posted to. */
export function errorOf(refusal: Refusal): unknown {
  switch (refusal.kind) {
    case 'system':
      return new SystemError(refusal.errno, refusal.operation, refusal.subject);
    case 'value':
      return new StructValueError(refusal.message);
    case 'other':
      return refusal.error;
  }
}

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
  | { readonly type: 'refusal'; readonly id: number; readonly refusal: Refusal }
  | { readonly type: 'post'; readonly message: unknown }
  | { readonly type: 'ended'; readonly outcome: VcpuOutcome }
  | { readonly type: 'leftovers'; readonly ranges: readonly MappedLeftover[] };
