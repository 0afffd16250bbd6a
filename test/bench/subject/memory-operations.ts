/** What is measured on guest memory. */
export const memoryOperations = [
  'copy-in',
  'copy-out',
  'read-u8',
  'read-u16',
  'read-u32',
  'read-u64',
  'write-u8',
  'write-u16',
  'write-u32',
  'write-u64',
] as const;

export type MemoryOperation = (typeof memoryOperations)[number];
