/** The reference's traffic as cases: the packets that it received, and the bytes that it sent. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { keptDescriptors } from '../../../codegen/cases/packets.js';
import type { Protocol } from '../../../codegen/model/protocol.js';
import type { Fields, ReceiveCase, Refusal, SendCase } from './cases.js';

/** The protocol that the traces were recorded of. */
export const tracedProtocol = 'vm_control';

interface WireRow {
  readonly section: string;
  readonly name: string;
  readonly message: string;
  readonly bytes: string;
  /** Bytes that follow. */
  readonly then?: { readonly byte: string; readonly count: number };
  readonly fds?: number;
  readonly max_fds?: number;
  /** Rows of `encode`. */
  readonly variant?: string;
  readonly fields?: Fields;
  /** Rows of `encode-errno`. */
  readonly given?: number;
  readonly result?: Refusal | { variant: string; fields: Fields; fd_size?: string };
}

export interface WireTraces {
  readonly receive: readonly ReceiveCase[];
  readonly send: readonly SendCase[];
}

/** Reads `wire.jsonl` in a folder; a protocol without traces has no cases. */
export function wireTraces(folder: string, protocol: Protocol): WireTraces {
  const file = join(folder, 'wire.jsonl');
  if (protocol.name !== tracedProtocol || !existsSync(file)) return { receive: [], send: [] };
  const rows = readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line, index) => ({ index, row: JSON.parse(line) as WireRow })); // as the recorder wrote it
  return {
    receive: rows.flatMap(({ row, index }) => receiveCase(protocol, row, index)),
    send: rows.flatMap(({ row, index }) => sendCase(row, index)),
  };
}

function receiveCase(protocol: Protocol, row: WireRow, index: number): ReceiveCase[] {
  const { result, then, fds = 0, max_fds: maxFds = protocol.maxFds } = row;
  if (result === undefined) return [];
  const end = then === undefined ? '' : then.byte.repeat(then.count);
  const bytes = Buffer.from(row.bytes + end, 'hex');
  const { section, message } = row;
  const name = `${section} ${message} ${row.name} (row ${index + 1})`;
  const base = { group: `trace ${section}`, name, message, bytes, fds, maxFds };
  if ('error' in result) return [{ ...base, expected: result }];
  const { variant, fields } = result;
  const kept = keptOf(protocol, row, result.variant, Math.min(fds, maxFds));
  return [{ ...base, expected: { variant, fields, fds: kept } }];
}

/** Which descriptors the reference kept: by the size that was recorded, else by its rule. */
function keptOf(protocol: Protocol, row: WireRow, variantName: string, seen: number): number[] {
  const message = protocol.messages.find(({ name }) => name === row.message);
  const variant = message?.variants.find(({ name }) => name === variantName);
  if (variant === undefined) throw new Error(`${row.name}: no variant ${variantName}`);
  const { result } = row;
  if (result !== undefined && 'fd_size' in result && result.fd_size !== undefined) {
    const size = Number(result.fd_size);
    // Beyond the sixth they are all the same device.
    return [size === 0 ? 6 : size - 1000];
  }
  const kept = keptDescriptors(variant, seen, 'crosvm2018');
  if (typeof kept === 'string') throw new Error(`${row.name}: ${kept}, but it was accepted`);
  return kept;
}

function sendCase(row: WireRow, index: number): SendCase[] {
  const { section, message } = row;
  const name = `${section} ${message} ${row.name} (row ${index + 1})`;
  const expected = { bytes: Uint8Array.from(Buffer.from(row.bytes, 'hex')) };
  const base = { group: `trace ${section}`, name, message, expected };
  if (row.given !== undefined)
    return [{ ...base, variant: 'err', fields: { errno: row.given }, fds: 0 }];
  if (row.variant === undefined || row.result !== undefined) return [];
  return [{ ...base, variant: row.variant, fields: row.fields ?? {}, fds: row.fds ?? 0 }];
}
