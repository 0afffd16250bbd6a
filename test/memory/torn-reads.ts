/**
 * Reads words that another thread flips between zeros and ones, and prints how many of each kind of
 * read saw something between. Runs as a program, under any of V8's flags.
 */
import { SharedMemory } from '../../runtime/memory/shared-memory.js';
import { startThread } from './threads.js';
import { words } from './words.js';

/** Of one way to read: how often the word changed, and how often it was neither zeros nor ones. */
export interface Reads {
  changes: number;
  torn: number;
}

/** The threads take turns on a busy machine: until so many changes were seen, or so long. */
const enoughChanges = 20_000;
const mostMs = 400;
/** The fault must be seen, however long that takes. */
const mostMsForFault = 12_000;

async function main(): Promise<void> {
  using memory = SharedMemory.create({ name: 'torn', size: 4096 });
  using mapping = memory.map();
  const thread = await startThread(memory, 'flip');
  const u64 = mapping.view(BigUint64Array, words.u64, 1);
  const u32 = mapping.view(Uint32Array, words.u32, 1);
  const u16 = mapping.view(Uint16Array, words.u16, 1);
  // The fault that this program must see: a DataView moves byte by byte in code that is not optimised.
  const bytes = new DataView(u64.buffer, u64.byteOffset, 8);

  const ways: Record<
    string,
    { readonly ones: bigint | number; readonly read: () => bigint | number }
  > = {
    readBigUint64: { ones: 2n ** 64n - 1n, read: () => mapping.readBigUint64(words.u64) },
    readBigInt64: { ones: -1n, read: () => mapping.readBigInt64(words.u64) },
    readUint32: { ones: 2 ** 32 - 1, read: () => mapping.readUint32(words.u32) },
    readInt32: { ones: -1, read: () => mapping.readInt32(words.u32) },
    readUint16: { ones: 2 ** 16 - 1, read: () => mapping.readUint16(words.u16) },
    readInt16: { ones: -1, read: () => mapping.readInt16(words.u16) },
    viewU64: { ones: 2n ** 64n - 1n, read: () => u64[0] ?? -2 },
    viewU32: { ones: 2 ** 32 - 1, read: () => u32[0] ?? -2 },
    viewU16: { ones: 2 ** 16 - 1, read: () => u16[0] ?? -2 },
    dataView: { ones: 2n ** 64n - 1n, read: () => bytes.getBigUint64(0, true) },
  };
  const counts: Record<string, Reads> = {};
  for (const [name, { ones, read }] of Object.entries(ways)) {
    const isFault = name === 'dataView';
    const deadline = Date.now() + (isFault ? mostMsForFault : mostMs);
    const count: Reads = { changes: 0, torn: 0 };
    let last: bigint | number = 0;
    for (let reads = 1; isFault ? count.torn === 0 : count.changes < enoughChanges; reads++) {
      const value = read();
      if (value !== ones && Number(value) !== 0) count.torn++;
      if (value !== last) count.changes++;
      last = value;
      if (reads % 1024 === 0 && count.changes > 0 && Date.now() > deadline) break;
    }
    counts[name] = count;
  }
  mapping.writeUint32(words.stop, 1);
  await thread.ended;
  console.log(JSON.stringify(counts));
}

await main();
