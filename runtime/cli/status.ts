/** Exit statuses of `vmwire`. */
export const status = {
  done: 0,
  /** The VM refused; or, for commands on this machine, KVM did, or the guest failed. */
  refused: 1,
  usage: 2,
  /** No connection, no socket to serve, or no answer in time. */
  unreachable: 3,
} as const;
