/** How severe a receiver is with a packet that is not exactly what its protocol says. */

/**
 * - `strict`: a packet that is too long, or carries more descriptors than its variant takes, is refused.
 * - `crosvm2018`: the behaviour of crosvm in January 2018. A long packet is cut and accepted, and
 *   surplus descriptors are left to the receiver to close.
 *
 * Under both, a packet that is too short is `badSize`, an unknown tag is `invalidType`, and a
 * missing descriptor is `expectFd`, checked in that order.
 */
export type Policy = 'strict' | 'crosvm2018';
