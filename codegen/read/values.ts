/** Values of the kind that is wanted, or a diagnostic; `what` begins its text. */
import type { Reporter } from '../report/diagnostics.js';
import type { Location } from '../model/protocol.js';
import type { SourceList, SourceMap, SourceNode } from './source.js';

/** A name or other text, and where it stands. */
export interface Text {
  readonly text: string;
  readonly location: Location;
}

/** A whole number, and where it stands. */
export interface Whole {
  readonly value: bigint;
  readonly location: Location;
}

function kindOf(node: SourceNode): string {
  if (node.kind !== 'scalar') return node.kind === 'map' ? 'a map' : 'a list';
  switch (typeof node.value) {
    case 'string':
      return 'text';
    case 'bigint':
      return 'a number';
    case 'number':
      return 'a number with a fraction';
    case 'boolean':
      return `\`${node.text}\``;
    default:
      return 'nothing';
  }
}

function refuse(
  node: SourceNode,
  wanted: string,
  what: string,
  report: Reporter,
  hint?: string,
): undefined {
  const message = `${what} must be ${wanted}, and this is ${kindOf(node)}`;
  report.error('VW010', node.location, message, hint);
}

export function asText(node: SourceNode, what: string, report: Reporter): Text | undefined {
  if (node.kind === 'scalar' && typeof node.value === 'string') return node;
  const quotable = node.kind === 'scalar' && node.value !== null;
  return refuse(node, 'text', what, report, quotable ? 'put it into quotes' : undefined);
}

export function asWhole(node: SourceNode, what: string, report: Reporter): Whole | undefined {
  if (node.kind === 'scalar' && typeof node.value === 'bigint') {
    return { value: node.value, location: node.location };
  }
  return refuse(node, 'a whole number', what, report);
}

/** Kaitai takes an expression here; of those, only a number without a sign is a literal. */
export function asLiteral(node: SourceNode, what: string, report: Reporter): Whole | undefined {
  if (node.kind === 'scalar' && typeof node.value === 'string' && /^[0-9]{1,18}$/.test(node.text)) {
    return { value: BigInt(node.text), location: node.location };
  }
  if (node.kind !== 'scalar' || typeof node.value !== 'string') return asWhole(node, what, report);
  const hint = 'the layout is fixed: nothing may depend on what a packet holds';
  return refuse(node, 'a whole number', what, report, hint);
}

export function asFlag(node: SourceNode, what: string, report: Reporter): boolean | undefined {
  if (node.kind === 'scalar' && typeof node.value === 'boolean') return node.value;
  return refuse(node, '`true` or `false`', what, report);
}

export function asMap(node: SourceNode, what: string, report: Reporter): SourceMap | undefined {
  return node.kind === 'map' ? node : refuse(node, 'a map', what, report);
}

export function asList(node: SourceNode, what: string, report: Reporter): SourceList | undefined {
  return node.kind === 'list' ? node : refuse(node, 'a list', what, report);
}
