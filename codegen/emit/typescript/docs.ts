/** Documentation from a schema as doc comments that can't be broken out of. */
import type { JSDocStructure, OptionalKind } from 'ts-morph';
import type { Protocol } from '../../model/protocol.js';
import { docLines } from '../doc-lines.js';

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
  const block = tags.flatMap((tag) => docLines([`@${tag}`], docWidth));
  const lines = docLines(text, docWidth).map((line) => line.replace(/^@/, '\\@'));
  const separator = lines.length > 0 && block.length > 0 ? [''] : [];
  return [...lines, ...separator, ...block].join('\n').replaceAll('*/', '*\\/');
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
