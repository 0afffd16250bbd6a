/** A file descriptor in somebody's keeping: the codec carries it and never opens, closes or looks into it. */

/**
 * Anything that stands for an open file descriptor of this process.
 *
 * @example
 * const descriptor: Descriptor = { fd: 3 };
 */
export interface Descriptor {
  /** The number that the kernel gave it (a non-negative integer while it is open). */
  readonly fd: number;
}

/** The shared result of encoding a message that carries no descriptor: encoding such a message allocates nothing. */
export const noDescriptors: readonly never[] = Object.freeze([]);
