/** Texts that try to break out of comments, strings and tables, and protocols documented with them. */
import type { Member, Message, Node, Protocol } from '../../codegen/model/protocol.js';

export const hostile: readonly string[] = [
  'ends a comment */ int broken; /* and opens one',
  '/* opens a comment',
  'a slash / and a star *',
  'a backslash at the end \\',
  'a trigraph at the end ??/',
  'a trigraph that ends a comment *??/\n/ int broken;',
  '*\\\n/ int broken;',
  'quotes """ and \'\'\' and "',
  '"""',
  '"',
  '\\',
  '\\N{BULLET} \\x \\u12 \\',
  'carriage\rreturn, form\ffeed, vertical\vtab, next\u0085line, line\u2028and paragraph\u2029separators',
  'NUL \0, escape \u001b[31m, delete \u007f',
  'right to left \u202e}; \u2066 \u2069 and a mark \ufeff',
  'half of a pair \ud800 and \udc00',
  '#![broken] #[broken] //! {} `${broken}` <script> %s %n',
  '```\nfn broken() {}\n```',
];

/** The protocol with all its documentation, units too, replaced by texts that follow one another. */
export function documented(protocol: Protocol, next: () => string): Protocol {
  const node = <N extends Node>(each: N): N => ({ ...each, doc: next() });
  const member = (each: Member): Member =>
    each.kind === 'integer' && each.unit !== undefined
      ? { ...node(each), unit: next() }
      : node(each);
  const message = (each: Message): Message => ({
    ...node(each),
    members: each.members.map(member),
    variants: each.variants.map((variant) => ({
      ...node(variant),
      members: variant.members.map(member),
    })),
    locals: each.locals.map((local) => ({ ...node(local), members: local.members.map(member) })),
  });
  return {
    ...node(protocol),
    title: next(),
    enums: protocol.enums.map((each) => ({ ...node(each), values: each.values.map(node) })),
    messages: protocol.messages.map(message),
  };
}
