/** Documentation of any text stays inside the comments and docstrings of each language. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Member, Message, Node, Protocol } from '../../codegen/protocol.js';
import { languages } from '../conformance/languages.js';
import { projectSchemas, protocolOf } from '../conformance/schemas.js';
import { testIf } from '../skip.js';
import { runVectors } from './run-vectors.js';

const hostile: readonly string[] = [
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

/** The protocol with its documentation replaced by `doc` everywhere. */
function documented(protocol: Protocol, doc: string): Protocol {
  const node = <N extends Node>(each: N): N => ({ ...each, doc });
  const member = (each: Member): Member => ({ ...each, doc, ...unitOf(each, doc) });
  const message = (each: Message): Message => {
    const members = new Map(each.members.map((old) => [old.name, member(old)]));
    return {
      ...node(each),
      members: [...members.values()],
      variants: each.variants.map((variant) => ({
        ...node(variant),
        members: variant.members.map(member),
      })),
      locals: each.locals.map((local) => ({ ...node(local), members: local.members.map(member) })),
    };
  };
  return {
    ...node(protocol),
    title: doc,
    enums: protocol.enums.map((each) => ({ ...node(each), values: each.values.map(node) })),
    messages: protocol.messages.map(message),
  };
}

function unitOf(member: Member, doc: string): { unit?: string } {
  return member.kind === 'integer' && member.unit !== undefined ? { unit: doc } : {};
}

for (const language of languages) {
  for (const doc of [...hostile, hostile.join(' '), hostile.join('\n\n')]) {
    const name = JSON.stringify(doc.slice(0, 30));
    testIf(test, language.missing, `${language.name}: ${name} of ${doc.length}`, async () => {
      const [schema = ''] = projectSchemas();
      const { failures } = await runVectors(
        language,
        documented(await protocolOf(schema), doc),
      );
      assert.equal(failures, []);
    });
  }
}

test.run();
