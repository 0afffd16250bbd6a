/** Guest memory against a Buffer over the same memory, and memcpy in C. */
import { compileC, program, subject } from '../contender.js';
import type { Measurement, Prepared } from '../measurement.js';
import { type MemoryOperation, memoryOperations } from '../subject/memory-operations.js';
import { atMost } from '../target.js';

async function prepare(operation: MemoryOperation, copies: boolean): Promise<Prepared> {
  const contenders = [
    await subject('vmwire', 'guest-memory', 'vmwire', operation),
    await subject('Buffer', 'guest-memory', 'buffer', operation),
  ];
  if (!copies) return { contenders, missing: [] };
  const c = compileC('copy.c');
  if (c === undefined) return { contenders, missing: ['C: no gcc'] };
  contenders.push(await program('memcpy in C', [c]));
  return { contenders, missing: [] };
}

function onMemory(operation: MemoryOperation): Measurement {
  const copies = operation.startsWith('copy');
  return {
    name: `memory-${operation}`,
    title: `guest memory: ${operation.replace('-', ' ')}${copies ? ' of 1 MiB' : ''}`,
    count: copies ? 300 : 2_000_000,
    targets: copies ? [atMost(1.1, 'Buffer')] : [],
    prepare: () => prepare(operation, copies),
  };
}

export const guestMemory: readonly Measurement[] = memoryOperations.map(onMemory);
