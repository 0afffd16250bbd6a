/** Since which revision something exists, told by comparing the revisions. */
import type { Member, Message, Protocol } from '../../model/protocol.js';
import { allVariants, type AnyVariant, travels } from '../../model/queries.js';

/** Answers with the id of a revision; undefined where no earlier one is known at all. */
export interface Since {
  readonly message: (message: Message) => string | undefined;
  readonly variant: (message: Message, variant: AnyVariant) => string | undefined;
  /** A member of a variant. */
  readonly member: (message: Message, variant: AnyVariant, member: Member) => string | undefined;
}

/** @param revisions earlier revisions, oldest first */
export function sinceRevisions(protocol: Protocol, revisions: readonly Protocol[]): Since {
  const newestFirst = revisions.toReversed().map(({ name, messages }) => ({
    name,
    messages: new Map(messages.map((message) => [message.name, indexMessage(message)])),
  }));

  /** The oldest revision in the unbroken line of those that have it. */
  function since(
    has: (messages: ReadonlyMap<string, KnownMessage>) => boolean,
  ): string | undefined {
    if (newestFirst.length === 0) return undefined;
    const lacking = newestFirst.findIndex(({ messages }) => !has(messages));
    const having = lacking === -1 ? newestFirst : newestFirst.slice(0, lacking);
    return (having.at(-1) ?? protocol).name;
  }

  return {
    message: ({ name }) => since((messages) => messages.has(name)),
    variant: (message, variant) =>
      since((messages) => knows(messages.get(message.name), variant) !== undefined),
    member: (message, variant, member) =>
      since((messages) => knows(messages.get(message.name), variant)?.has(member.name) ?? false),
  };
}

/** The names of the members of each variant, by the variant's tag and name. */
type KnownMessage = ReadonlyMap<string, ReadonlySet<string>>;

function indexMessage(message: Message): KnownMessage {
  return new Map(
    allVariants(message).map((variant) => [
      keyOf(variant),
      new Set(variant.members.map(({ name }) => name)),
    ]),
  );
}

function keyOf(variant: AnyVariant): string {
  return travels(variant) ? `${variant.tag} ${variant.name}` : variant.name;
}

function knows(
  message: KnownMessage | undefined,
  variant: AnyVariant,
): ReadonlySet<string> | undefined {
  return message?.get(keyOf(variant));
}
