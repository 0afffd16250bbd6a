/** Where things lie in the address space of an x86-64 guest. */

/**
 * The guest physical addresses where device memory may be placed: from page frame number 1 << 26 on, as in
 * the reference, up to what every x86-64 processor with virtualisation reaches (46 address bits).
 */
export const deviceWindow = { start: 1n << 38n, end: 1n << 46n } as const;
