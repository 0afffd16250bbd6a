/**
 * Touches guest memory: `guest-memory.js vmwire|buffer OPERATION`, through `GuestMemory` or through a
 * Buffer over the same memory. One operation in a process, so that the compiler sees one function.
 */
import { GuestMemory } from 'vmwire';
import { serveCounts } from './counts.js';
import type { MemoryOperation } from './memory-operations.js';

const size = 1 << 20;
const [way, operation] = process.argv.slice(2);
const ram = GuestMemory.create([{ gpa: 0n, size }]);
const buffer = Buffer.from(ram.view(Uint8Array, 0, size).buffer, 0, size);
const other = new Uint8Array(size).fill(1);

/** What was read: a value that nobody keeps would be optimized away. */
let sum = 0;
let last = 0n;

/** Where the access of a round goes: all over the first 64 KiB, aligned. */
const at = (i: number): number => (i & 0x1fff) << 3;

const through: Record<MemoryOperation, (i: number) => void> = {
  'copy-in': () => ram.write(0, other),
  'copy-out': () => ram.readInto(0, other),
  'read-u8': (i) => (sum += ram.readUint8(at(i))),
  'read-u16': (i) => (sum += ram.readUint16(at(i))),
  'read-u32': (i) => (sum += ram.readUint32(at(i))),
  'read-u64': (i) => (last = ram.readBigUint64(at(i))),
  'write-u8': (i) => ram.writeUint8(at(i), i & 0xff),
  'write-u16': (i) => ram.writeUint16(at(i), i & 0xffff),
  'write-u32': (i) => ram.writeUint32(at(i), i),
  'write-u64': (i) => ram.writeBigUint64(at(i), 0x1234_5678_9abc_def0n),
};

const direct: Record<MemoryOperation, (i: number) => void> = {
  'copy-in': () => buffer.set(other, 0),
  'copy-out': () => buffer.copy(other, 0),
  'read-u8': (i) => (sum += buffer.readUInt8(at(i))),
  'read-u16': (i) => (sum += buffer.readUInt16LE(at(i))),
  'read-u32': (i) => (sum += buffer.readUInt32LE(at(i))),
  'read-u64': (i) => (last = buffer.readBigUInt64LE(at(i))),
  'write-u8': (i) => buffer.writeUInt8(i & 0xff, at(i)),
  'write-u16': (i) => buffer.writeUInt16LE(i & 0xffff, at(i)),
  'write-u32': (i) => buffer.writeUInt32LE(i, at(i)),
  'write-u64': (i) => buffer.writeBigUInt64LE(0x1234_5678_9abc_def0n, at(i)),
};

const run = Object.entries(way === 'vmwire' ? through : direct).find(
  ([name]) => name === operation,
)?.[1];
if (run === undefined) throw new Error(`no operation is called ${operation}`);
await serveCounts((count) => {
  for (let i = 0; i < count; i++) run(i);
});
if (sum < 0 || last < 0n) throw new Error('what was read is not negative');
