/** Packets of one message on their way from a peer of one age to a peer of the other. */
import type { Location, Message, Node, Variant } from '../model/protocol.js';
import type { Age, Change, Finding, Verdict } from './report.js';

/** A sender and a receiver of the same message, from different revisions. */
export interface Flow {
  /** Which side the sender is on; the receiver is on the other. */
  readonly sender: Age;
  readonly sent: Message;
  readonly read: Message;
  /** How many descriptors a receiver of 2018 has room for: the kernel closes what is more. */
  readonly room: number;
  /** In sentences: `the old client`, `the new server`. */
  readonly from: string;
  readonly to: string;
}

/** What a wire format knows of changes: all that depends on how packets lie. */
export interface WireRules {
  /** What holds for every packet of the message. */
  message(flow: Flow): readonly Finding[];
  /** The members of a variant that both sides know by the same tag and name, without its descriptors. */
  members(flow: Flow, sent: Variant, read: Variant): readonly Finding[];
}

/** A finding about the sender's and the receiver's declaration of the same thing. */
export function finding(
  flow: Flow,
  change: Change,
  subject: string,
  verdict: Verdict | { readonly strict: Verdict; readonly crosvm2018: Verdict },
  reason: string,
  places: {
    readonly sent?: Node | Location | undefined;
    readonly read?: Node | Location | undefined;
  },
): Finding {
  const sent = locationOf(places.sent);
  const read = locationOf(places.read);
  const both = typeof verdict === 'string' ? { strict: verdict, crosvm2018: verdict } : verdict;
  return {
    change,
    subject,
    reason,
    strict: both.strict,
    crosvm2018: both.crosvm2018,
    old: flow.sender === 'old' ? sent : read,
    new: flow.sender === 'old' ? read : sent,
  };
}

function locationOf(place: Node | Location | undefined): Location | undefined {
  return place !== undefined && 'location' in place ? place.location : place;
}
