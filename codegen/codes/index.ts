/** Every code that a diagnostic can carry. */
export type Code = `VW${string}`;
