/** What this process holds open: counted before and after, the difference is what leaked. */
import { readFileSync, readdirSync } from 'node:fs';
import { EventFd } from '../memory/eventfd.js';

/** Counts of what nobody collects. */
export interface OpenResources {
  /** File descriptors. */
  readonly descriptors: number;
  /** Mappings of shared memory and of KVM: Node's own heap comes and goes, and is left out. */
  readonly mappings: number;
  readonly threads: number;
}

/** Counts now. The directory that is being read is not counted. */
export function whatIsOpen(): OpenResources {
  const maps = readFileSync('/proc/self/maps', 'utf8');
  return {
    descriptors: readdirSync('/proc/self/fd').length - 1,
    mappings: maps.split('\n').filter((line) => /\/memfd:|anon_inode:|\/dev\//.test(line)).length,
    threads: readdirSync('/proc/self/task').length,
  };
}

/** What `now` has more than `before`. */
export function difference(before: OpenResources, now: OpenResources): OpenResources {
  return {
    descriptors: now.descriptors - before.descriptors,
    mappings: now.mappings - before.mappings,
    threads: now.threads - before.threads,
  };
}

/**
 * Opens what stays for as long as the process lives, and is no leak: the event loop's own descriptor,
 * and the one that Node opens beside standard output if that is a pipe.
 */
export function openWhatStays(): void {
  void process.stdout;
  const event = EventFd.create();
  event.readAsync().catch(() => {});
  event.close();
}
