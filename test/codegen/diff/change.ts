/** For the tests of `diff`: a small schema, changes of it, and what they do. */
import assert from 'node:assert/strict';
import { compareProtocols } from '../../../codegen/formats/compare.js';
import type { Finding, Report, Verdict } from '../../../codegen/diff/report.js';
import { formatDiagnostic } from '../../../codegen/report/diagnostics.js';
import type { Protocol } from '../../../codegen/model/protocol.js';
import { readProtocolText } from '../../../codegen/read/index.js';

/** `start` uses bytes 4 to 15 and a descriptor, `stop` only byte 16; 17 to 23 are padding. */
export const base = `meta: { id: demo, endian: le }
-vmwire:
  format: struct
  transport: seqpacket
  max_fds: 2
  exchange: { request: request, response: response, error: failed }
types:
  request:
    -vmwire: { tag: type, size: 24, reserved: [9] }
    seq:
      - { id: type, type: u4, enum: request_type }
      - { id: count, type: u4, -vmwire: { unit: bytes } }
      - { id: place, type: u8 }
      - { id: mode, type: u1, enum: mode }
      - { size: 7 }
      - { id: memory, size: 0, -vmwire: { fd: shared_memory } }
      - { id: event, size: 0, -vmwire: { fd: eventfd } }
  response:
    -vmwire: { tag: type, size: 8 }
    seq:
      - { id: type, type: u4, enum: response_type }
      - { id: reason, type: u4, -vmwire: { errno: true } }
enums:
  request_type:
    1: { id: start, -vmwire: { fields: [memory, event, count, place], response: done } }
    2: { id: stop, -vmwire: { fields: [mode], response: done } }
    3: { id: ping, -vmwire: { response: done } }
  response_type:
    1: { id: done }
    2: { id: failed, -vmwire: { fields: [reason] } }
    3: { id: later }
  mode:
    0: { id: soft }
    1: { id: hard }
`;

/** A piece of the schema and what stands in its place after the change. */
export type Edit = readonly [piece: string, replacement: string];

function parse(text: string, file: string): Protocol {
  const { protocol, diagnostics } = readProtocolText(text, file);
  if (protocol === undefined) throw new Error(diagnostics.map(formatDiagnostic).join('\n'));
  return protocol;
}

/** The small schema with changes. Each piece must occur exactly once. */
export function edited(...edits: readonly Edit[]): string {
  let text = base;
  for (const [piece, replacement] of edits) {
    assert.equal(text.split(piece).length, 2, `${piece} occurs once`);
    text = text.replace(piece, () => replacement);
  }
  return text;
}

/** Compares two texts. */
export function compareTexts(before: string, after: string): Report {
  return compareProtocols(parse(before, 'old.ksy'), parse(after, 'new.ksy'));
}

/** Compares the small schema with itself after changes. */
export function change(...edits: readonly Edit[]): Report {
  return compareTexts(base, edited(...edits));
}

/** Verdicts in the order: requests and responses of the old client, then of the new one. */
export function verdicts(report: Report, receiver: 'strict' | 'crosvm2018' = 'strict'): string {
  const words: Verdict[] = report.pairings.flatMap(({ directions }) =>
    directions.map((direction) => direction[receiver]),
  );
  return words.join(' ');
}

/** The findings of a kind in one direction of requests, or of responses. */
export function findings(
  report: Report,
  packets: string,
  sender: 'old' | 'new',
): readonly Finding[] {
  return report.pairings
    .flatMap(({ directions }) => directions)
    .filter((direction) => direction.packets === packets && direction.sender === sender)
    .flatMap((direction) => direction.findings);
}
