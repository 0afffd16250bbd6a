/** The struct in which the members of all variants lie, for languages that declare it: its names and alignment. */
import type { Plan, Step } from '../model/packet.js';
import type { IntegerMember, Message } from '../model/protocol.js';
import { Scope } from '../model/scope.js';

/** What each step of the struct is called, given its members' names: padding gives way to them. */
export function fieldNames(
  struct: Plan,
  members: ReadonlyMap<string, string>,
): ReadonlyMap<Step, string> {
  const scope = new Scope(members.values());
  return new Map(
    struct.map((step) => [
      step,
      step.kind === 'zeros'
        ? scope.claim(`padding_${step.offset}`)
        : (members.get(step.member.name) ?? step.member.name),
    ]),
  );
}

/** The members of the struct, the tag among them, in the order of their places. */
export function structMembers({ wire }: Message): IntegerMember[] {
  return wire.struct.flatMap((step) => (step.kind === 'zeros' ? [] : [step.member]));
}

/** Whether a struct of plain integers lies in memory as it does in a packet, without being packed. */
export function isNaturallyAligned({ wire }: Message): boolean {
  const numbers = wire.struct.filter((step) => step.kind !== 'zeros');
  const alignment = Math.max(...numbers.map(({ type }) => type.size));
  return (
    wire.size % alignment === 0 && numbers.every(({ offset, type }) => offset % type.size === 0)
  );
}
