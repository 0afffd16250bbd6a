/** Documentation from a schema as doc comments that can't be broken out of. */
import type { JSDocStructure, OptionalKind } from 'ts-morph';
import type { Protocol } from '../protocol.js';

/** Lines that keep their place: list items, indented text, headings, tables, fences. */
const ownLine = /^(?:\s|[-*+|#>]|\d+[.)]|```)/;

const docWidth = 92;

/** What a doc comment says. Empty texts are left out. */
export interface Doc {
  /** Each is one paragraph or more. */
  readonly text: readonly string[];
  /** Block tags with what follows them: `see vm_control.ksy vm_request`. */
  readonly tags?: readonly string[];
}

/** The lines of a doc comment, wrapped to the width of the project less an indent. */
function docText({ text, tags = [] }: Doc): string {
  const paragraphs = text.flatMap((each) => each.split(/\n\s*\n/)).map(docParagraph);
  return [...paragraphs, tags.map((tag) => wrap(`@${docParagraph(tag)}`).join('\n')).join('\n')]
    .filter((paragraph) => paragraph !== '')
    .join('\n\n');
}

function docParagraph(paragraph: string): string {
  const lines: string[] = [];
  for (const line of paragraph.split(/[\n\r\u2028\u2029]/)) {
    const previous = lines.at(-1);
    const clean = docLine(line);
    if (previous === undefined || ownLine.test(clean) || ownLine.test(previous)) lines.push(clean);
    else lines[lines.length - 1] = `${previous} ${clean}`;
  }
  return lines.flatMap(wrap).join('\n').trim();
}

/** Without what would end the comment, speak to a tool, or not be seen. */
function docLine(line: string): string {
  return line
    .trimEnd()
    .replace(/[\p{Cc}\p{Cf}]/gu, ' ')
    .replaceAll('*/', '*\\/')
    .replace(/^(\s*)@/, '$1\\@');
}

function wrap(line: string): string[] {
  const lines: string[] = [];
  for (const word of line.split(/(?<=\S) +/)) {
    const previous = lines.at(-1);
    if (previous === undefined || previous.length + 1 + word.length > docWidth) lines.push(word);
    else lines[lines.length - 1] = `${previous} ${word}`;
  }
  return lines;
}

export function docs(doc: Doc): OptionalKind<JSDocStructure>[] {
  const text = docText(doc);
  if (text === '') return [];
  return [{ description: text.includes('\n') ? `\n${text}` : text }];
}

/** A doc comment as text, for what ts-morph has no structure for. */
export function comment(doc: Doc): string {
  const text = docText(doc);
  if (text === '') return '';
  const lines = text.split('\n');
  if (lines.length === 1) return `/** ${text} */`;
  return ['/**', ...lines.map((line) => ` * ${line}`.trimEnd()), ' */'].join('\n');
}

/** Where something stands in the schema, by name. */
export function see(protocol: Protocol, path: string): string {
  return `see ${protocol.name}.ksy ${path}`;
}
