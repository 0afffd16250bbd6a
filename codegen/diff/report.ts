/** What a compatibility report consists of. Its JSON form is stable. */
import type { Location } from '../model/protocol.js';

/**
 * - `identical`: every packet means the same on both sides;
 * - `additive`: the newer side can say more, or leaves out what the older one never missed; what the
 *   other side can't understand it refuses cleanly;
 * - `breaking`: a packet that was understood is refused, or understood wrongly, or only in part.
 */
export type Verdict = 'identical' | 'additive' | 'breaking';

/** Which side of the change a schema, or a peer built from it, is on. */
export type Age = 'old' | 'new';

/** One consequence of a change, for packets that travel in one direction. */
export interface Finding {
  /** What changed: stable, for programs. */
  readonly change: Change;
  /** By name: `vm_request.register_memory.size`. */
  readonly subject: string;
  /** One sentence. */
  readonly reason: string;
  /** For receivers that insist on the exact length and descriptors. */
  readonly strict: Verdict;
  /** For receivers of 2018, which cut long packets and close surplus descriptors. */
  readonly crosvm2018: Verdict;
  readonly old: Location | undefined;
  readonly new: Location | undefined;
}

export type Change =
  | 'transport'
  | 'max_fds'
  | 'exchange'
  | 'message_added'
  | 'message_removed'
  | 'size'
  | 'tag_field'
  | 'variant_added'
  | 'variant_removed'
  | 'tag_reused'
  | 'tag_changed'
  | 'tag_reserved'
  | 'local_variant'
  | 'response'
  | 'member_added'
  | 'member_removed'
  | 'member_moved'
  | 'member_renamed'
  | 'member_type'
  | 'unit'
  | 'errno'
  | 'enum_values'
  | 'descriptor_added'
  | 'descriptor_removed'
  | 'descriptor_order'
  | 'descriptor_kind'
  | 'descriptor_optional'
  | 'descriptor_renamed';

/** The worst that happens, for each kind of receiver. */
export interface Verdicts {
  readonly strict: Verdict;
  readonly crosvm2018: Verdict;
}

/** Findings and the worst of them. */
export interface Summary extends Verdicts {
  readonly findings: readonly Finding[];
}

/** Packets of one kind, from one sender to one receiver. */
export interface Direction extends Summary {
  readonly packets: 'requests' | 'responses' | 'messages';
  /** The message's name on each side, if it exists there. */
  readonly oldName: string | undefined;
  readonly newName: string | undefined;
  readonly sender: Age;
  readonly receiver: Age;
}

/** Two peers of different age. */
export interface Pairing extends Verdicts {
  readonly client: Age;
  readonly server: Age;
  readonly directions: readonly Direction[];
}

export interface Report {
  readonly old: { readonly file: string; readonly protocol: string };
  readonly new: { readonly file: string; readonly protocol: string };
  /** The worst of everything, for any receiver. */
  readonly verdict: Verdict;
  /** What concerns every packet, such as the transport. */
  readonly protocol: Summary;
  /** An old client with a new server, then a new client with an old server. */
  readonly pairings: readonly Pairing[];
}

const order: readonly Verdict[] = ['identical', 'additive', 'breaking'];

/** The worst verdict; `identical` if there is none. */
export function worst(verdicts: readonly Verdict[]): Verdict {
  return order.findLast((verdict) => verdicts.includes(verdict)) ?? 'identical';
}

/** Findings with the worst of them. */
export function summarize(findings: readonly Finding[]): Summary {
  return {
    strict: worst(findings.map((finding) => finding.strict)),
    crosvm2018: worst(findings.map((finding) => finding.crosvm2018)),
    findings,
  };
}
