/** The messages: each with its tag, members and variants, laid by the format. */
import type { Reporter } from '../report/diagnostics.js';
import type { Field, Format } from '../formats/format.js';
import type { EnumType, LocalVariant, Member, Message } from '../model/protocol.js';
import type { RawEnum } from './enums.js';
import type { RawField } from './fields.js';
import type { RawInteger } from './integers.js';
import { checkTwice } from './identifier.js';
import { resolveEnums } from './open-enums.js';
import { meant } from './suggest.js';
import { checkNumbers, readTag, type Tag } from './tags.js';
import type { LocalRole, MessageRole, RawType, RawTypes } from './types.js';
import { type Answered, localVariant, readVariants } from './variants.js';

export interface Messages {
  readonly messages: readonly Message[];
  readonly enums: readonly EnumType[];
  /** The variants of each message, local ones included, with where they say what answers them. */
  readonly answered: ReadonlyMap<Message, readonly Answered[]>;
}

type Enums = ReadonlyMap<string, EnumType>;

function memberOf(field: RawField, enums: Enums): Member | undefined {
  if (field.kind === 'padding') return undefined;
  if (field.kind === 'descriptor') return field.member;
  return { ...field.member, enum: field.enum && enums.get(field.enum.text) };
}

/** What the format has to lay: descriptors travel beside the bytes. */
function fieldOf(
  field: RawField,
  tag: RawInteger,
  members: ReadonlyMap<string, Member>,
): readonly Field[] {
  switch (field.kind) {
    case 'descriptor':
      return [];
    case 'padding':
      return [field];
    case 'integer': {
      // Where a member has the tag's name too, which has been reported, the tag stays what it is.
      const found = field === tag ? undefined : members.get(field.member.name);
      const member = found?.kind === 'integer' ? found : field.member;
      return [{ kind: 'integer', member, endian: field.endian }];
    }
  }
}

/** The local variants of each message, by its name. */
function groupLocals(
  types: RawTypes,
  enums: Enums,
  report: Reporter,
): ReadonlyMap<string, readonly Answered<LocalVariant>[]> {
  const messages = new Set(types.messages.map((type) => type.name));
  const localNames = new Set(types.locals.map((type) => type.name));
  const groups = new Map<string, Answered<LocalVariant>[]>();
  for (const local of types.locals) {
    const { text: name, location } = local.role.message;
    const broken = types.names.has(name) && !localNames.has(name);
    if (!messages.has(name) && !broken) {
      const message = `there is no message \`${name}\``;
      report.error('VW063', location, message, meant(name, messages));
    }
    const group = groups.get(name) ?? [];
    const members = local.fields.map((field) => memberOf(field, enums));
    group.push(
      localVariant(
        local,
        members.filter((member) => member !== undefined),
      ),
    );
    groups.set(name, group);
  }
  return groups;
}

function checkUnused(
  type: RawType<MessageRole>,
  message: Message,
  suspected: ReadonlySet<string>,
  report: Reporter,
): void {
  const used = new Set(message.variants.flatMap((variant) => variant.members));
  for (const member of message.members) {
    if (used.has(member) || suspected.has(member.name)) continue;
    const text = `no variant of \`${type.name}\` uses \`${member.name}\``;
    const hint =
      member.kind === 'integer'
        ? 'name it in the `fields` of a variant; if it only fills space, remove all but its `size`'
        : 'name it in the `fields` of a variant, or remove it';
    report.error('VW053', member.location, text, hint);
  }
}

function buildMessage(
  type: RawType<MessageRole>,
  tag: Tag,
  enums: Enums,
  locals: readonly Answered<LocalVariant>[],
  maxFds: number | undefined,
  format: Format,
  report: Reporter,
): readonly [Message, readonly Answered[]] {
  const members = new Map<string, Member>();
  for (const field of type.fields) {
    const member = field === tag.field ? undefined : memberOf(field, enums);
    if (member !== undefined) members.set(member.name, member);
  }
  const { name, doc, location, complete } = type;
  checkNumbers(tag, type.role.reserved, report);
  const table = {
    message: name,
    tag: tag.field.member.name,
    members,
    complete,
    suspected: new Set<string>(),
  };
  const variants = readVariants(tag.enum, table, maxFds, report);
  const reserved = type.role.reserved.map(({ value }) => value);
  const draft = {
    name,
    tag: tag.field.member,
    variants: variants.map(({ variant }) => variant),
    fields: type.fields.flatMap((field) => fieldOf(field, tag.field, members)),
    complete,
    size: type.role.size,
  };
  const message: Message = {
    name,
    doc,
    location,
    tag: draft.tag,
    members: [...members.values()],
    variants: draft.variants,
    locals: locals.map(({ variant }) => variant),
    reserved: reserved.toSorted((a, b) => (a < b ? -1 : 1)),
    wire: format.lay(draft, report),
  };
  if (variants.length > 0) checkUnused(type, message, table.suspected, report);
  const answered = [...variants, ...locals];
  const names = new Set(message.variants.map((variant) => variant.name));
  checkTwice(
    answered
      .filter(({ variant }) => !('tag' in variant) || names.delete(variant.name))
      .map(({ variant }) => ({ text: variant.name, location: variant.location })),
    'variants',
    report,
  );
  return [message, answered];
}

/** `maxFds` is undefined if the schema says nothing that makes sense. */
export function buildMessages(
  types: RawTypes,
  rawEnums: ReadonlyMap<string, RawEnum>,
  maxFds: number | undefined,
  format: Format,
  report: Reporter,
): Messages {
  const tagged = new Map<RawType<MessageRole>, Tag>();
  for (const type of types.messages) {
    const tag = readTag(type, rawEnums, report);
    if (tag) tagged.set(type, tag);
  }
  const certain = tagged.size + types.locals.length === types.names.size;
  const all: readonly RawType<MessageRole | LocalRole>[] = [...types.messages, ...types.locals];
  const enums = resolveEnums(all, tagged, rawEnums, report, certain);
  const locals = groupLocals(types, enums, report);
  const answered = new Map<Message, readonly Answered[]>();
  const tagEnums = new Set<RawEnum>();
  for (const [type, tag] of tagged) {
    // Its variants are those of another message, which has been reported.
    if (tagEnums.has(tag.enum)) continue;
    tagEnums.add(tag.enum);
    const own = locals.get(type.name) ?? [];
    answered.set(...buildMessage(type, tag, enums, own, maxFds, format, report));
  }
  return { messages: [...answered.keys()], enums: [...enums.values()], answered };
}
