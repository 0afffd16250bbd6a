/** The messages: tag, members, variants and layout. */
import type { Reporter } from '../diagnostics.js';
import type {
  EnumType,
  IntegerMember,
  LocalVariant,
  Member,
  Message,
  StructField,
  StructLayout,
  Variant,
} from '../protocol.js';
import { openEnum, type RawEnum } from './enums.js';
import type { RawField, RawInteger } from './fields.js';
import type { MessageRole, RawType } from './types.js';
import { type Answered, localVariant, readVariants } from './variants.js';

export interface Messages {
  readonly messages: readonly Message[];
  readonly enums: readonly EnumType[];
  readonly answered: readonly Answered<Variant | LocalVariant>[];
}

function memberOf(field: RawField, enums: ReadonlyMap<string, EnumType>): Member | undefined {
  if (field.kind === 'padding') return undefined;
  if (field.kind === 'descriptor') return field.member;
  return { ...field.member, enum: field.enum && enums.get(field.enum.text) };
}

function layoutOf(type: RawType, members: ReadonlyMap<string, IntegerMember>): StructLayout {
  const fields: StructField[] = [];
  let offset = 0;
  for (const field of type.fields) {
    if (field.kind === 'descriptor') continue;
    if (field.kind === 'padding') {
      fields.push({ kind: 'padding', offset, size: field.size, location: field.location });
      offset += field.size;
      continue;
    }
    const member = members.get(field.member.name) ?? field.member;
    const size = member.size * (member.count ?? 1);
    fields.push({ kind: 'member', member, offset, size });
    offset += size;
  }
  return { kind: 'struct', size: offset, fields };
}

function tagOf(type: RawType, role: MessageRole, report: Reporter): RawInteger | undefined {
  const tag = type.fields.find(
    (field): field is RawInteger => field.kind === 'integer' && field.member.name === role.tag.text,
  );
  if (tag?.enum === undefined) {
    report.error('VW041', role.tag.location, `\`${role.tag.text}\` can't be the tag`);
    return undefined;
  }
  return tag;
}

export function buildMessages(
  types: readonly RawType[],
  rawEnums: ReadonlyMap<string, RawEnum>,
  report: Reporter,
): Messages {
  const tags = new Map<RawType, RawInteger>();
  for (const type of types) {
    const tag = type.role.kind === 'message' ? tagOf(type, type.role, report) : undefined;
    if (tag) tags.set(type, tag);
  }
  const tagEnums = new Set([...tags.values()].map((tag) => tag.enum?.text));
  const enums = new Map<string, EnumType>();
  for (const raw of rawEnums.values()) {
    if (!tagEnums.has(raw.name)) enums.set(raw.name, openEnum(raw));
  }
  const answered: Answered<Variant | LocalVariant>[] = [];
  const messages: Message[] = [];
  for (const [type, tag] of tags) {
    if (type.role.kind !== 'message') continue;
    const integers = new Map<string, IntegerMember>();
    const members = new Map<string, Member>();
    for (const field of type.fields) {
      const member = field === tag ? undefined : memberOf(field, enums);
      if (member === undefined) continue;
      members.set(member.name, member);
      if (member.kind === 'integer') integers.set(member.name, member);
    }
    const tagEnum = rawEnums.get(tag.enum?.text ?? '');
    const variants = tagEnum ? readVariants(tagEnum, members, report) : [];
    const locals = types.flatMap((local) => {
      if (local.role.kind !== 'local' || local.role.message.text !== type.name) return [];
      const own = local.fields.map((field) => memberOf(field, enums));
      return [
        localVariant(
          local,
          local.role.response,
          own.filter((member) => member !== undefined),
        ),
      ];
    });
    answered.push(...variants, ...locals);
    messages.push({
      name: type.name,
      doc: type.doc,
      location: type.location,
      tag: tag.member,
      members: [...members.values()],
      variants: variants.map(({ variant }) => variant),
      locals: locals.map(({ variant }) => variant),
      reserved: type.role.reserved.map(({ value }) => value).toSorted((a, b) => (a < b ? -1 : 1)),
      layout: layoutOf(type, integers),
    });
  }
  return { messages, enums: [...enums.values()], answered };
}
