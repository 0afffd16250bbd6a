/** Where the tests of threads keep what in the memory that they share, in bytes. */
export const words = {
  /** Set to 1 to end the tasks that run until told to stop. */
  stop: 0,
  counter: 4,
  wideCounter: 8,
  narrowCounter: 16,
  question: 20,
  reply: 24,
  /** Words that are zeros or ones, and nothing between. */
  u64: 64,
  u32: 72,
  u16: 76,
} as const;
