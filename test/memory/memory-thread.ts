/** A thread for tests: maps memory by its token, says so, does one task on it, and says what came of it. */
import { parentPort, workerData } from 'node:worker_threads';
import { mappingAddress } from '../../runtime/memory/mapping.js';
import { SharedMemory, type SharedMemoryToken } from '../../runtime/memory/shared-memory.js';
import { words } from './words.js';

/** What a thread is to do. */
export interface ThreadData {
  readonly token: SharedMemoryToken;
  /**
   * - `flip` sets the words to zeros and ones in turn, until the flag `stop` is set.
   * - `add` adds 1 to the counters so many times.
   * - `answer` waits for `stop`, then copies `question` to `reply`, through a view that it has had all along.
   */
  readonly task: 'flip' | 'add' | 'answer';
  readonly times: number;
}

/** What a thread tells: where its mapping lies, and then that it is done. */
export type ThreadMessage = { readonly address: number } | { readonly done: true };

function say(message: ThreadMessage): void {
  parentPort?.postMessage(message);
}

function run({ token, task, times }: ThreadData): void {
  using memory = SharedMemory.fromToken(token);
  using mapping = memory.map();
  memory.close();
  const flags = mapping.view(Int32Array, 0, 1024);
  say({ address: mappingAddress(mapping) });
  switch (task) {
    case 'flip': {
      const u64 = mapping.view(BigUint64Array, words.u64, 1);
      const u32 = mapping.view(Uint32Array, words.u32, 1);
      const u16 = mapping.view(Uint16Array, words.u16, 1);
      // Every other turn through the checked accessors, whose stores must be whole as well.
      while (Atomics.load(flags, words.stop / 4) === 0) {
        u64[0] = 2n ** 64n - 1n;
        u32[0] = 2 ** 32 - 1;
        u16[0] = 2 ** 16 - 1;
        u64[0] = 0n;
        u32[0] = 0;
        u16[0] = 0;
        mapping.writeBigUint64(words.u64, -1n);
        mapping.writeUint32(words.u32, -1);
        mapping.writeUint16(words.u16, -1);
        mapping.writeBigUint64(words.u64, 0n);
        mapping.writeUint32(words.u32, 0);
        mapping.writeUint16(words.u16, 0);
      }
      break;
    }
    case 'add': {
      const wide = mapping.view(BigInt64Array, words.wideCounter, 1);
      const narrow = mapping.view(Uint8Array, words.narrowCounter, 1);
      for (let count = 0; count < times; count++) {
        Atomics.add(flags, words.counter / 4, 1);
        Atomics.add(wide, 0, 1n << 31n);
        Atomics.add(narrow, 0, 1);
      }
      break;
    }
    case 'answer':
      while (Atomics.load(flags, words.stop / 4) === 0);
      Atomics.store(flags, words.reply / 4, Atomics.load(flags, words.question / 4));
      break;
  }
  say({ done: true });
}

run(workerData as ThreadData); // what startThread passes
