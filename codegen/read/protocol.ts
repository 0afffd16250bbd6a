/** The schema as a whole: `meta`, the keys of the protocol, and the exchange. */
import type { Reporter } from '../diagnostics.js';
import type { Endian, Exchange, Message, Protocol } from '../protocol.js';
import type { SourceMap } from '../source.js';
import { readEnums } from './enums.js';
import { Keys, type KeyRules, vendorKey } from './keys.js';
import { buildMessages } from './messages.js';
import { readTypes } from './types.js';

const topRules: KeyRules = {
  what: 'a schema',
  known: ['meta', 'doc', 'doc-ref', 'instances', 'types', 'enums'],
  unsupported: {},
  unknown: 'VW011',
  vendor: true,
};

const metaRules: KeyRules = {
  what: '`meta`',
  known: ['id', 'title', 'endian', 'license'],
  unsupported: {},
  unknown: 'VW011',
  vendor: false,
};

const vendorRules: KeyRules = {
  what: '`-vmwire` of a schema',
  known: ['format', 'transport', 'max_fds', 'exchange'],
  unsupported: {},
  unknown: 'VW013',
  vendor: false,
};

const exchangeRules: KeyRules = {
  what: '`exchange`',
  known: ['request', 'response', 'error'],
  unsupported: {},
  unknown: 'VW013',
  vendor: false,
};

function readExchange(
  map: SourceMap,
  messages: readonly Message[],
  report: Reporter,
): Exchange | undefined {
  const keys = new Keys(map, exchangeRules, report);
  const named = (key: string): Message | undefined => {
    const name = keys.text(key);
    const message = messages.find((candidate) => candidate.name === name?.text);
    if (name && !message) {
      report.error('VW060', name.location, `there is no message \`${name.text}\``);
    }
    return message;
  };
  const request = named('request');
  const response = named('response');
  const name = keys.text('error');
  const error = response?.variants.find((variant) => variant.name === name?.text);
  if (name && response && !error) {
    report.error('VW061', name.location, `\`${name.text}\` is not a variant of the response`);
  }
  return request && response && error && { request, response, error };
}

export function buildProtocol(root: SourceMap, report: Reporter): Protocol | undefined {
  const top = new Keys(root, topRules, report);
  const metaMap = top.map('meta');
  const meta = metaMap && new Keys(metaMap, metaRules, report);
  const id = meta?.text('id');
  const endianName = meta?.text('endian')?.text;
  const endian: Endian | undefined =
    endianName === 'le' ? 'little' : endianName === 'be' ? 'big' : undefined;
  const vendorMap = top.map(vendorKey);
  const vendor = vendorMap && new Keys(vendorMap, vendorRules, report);
  const enums = readEnums(top.map('enums'), report);
  const types = readTypes(top.map('types'), endian, report);
  const built = buildMessages(types, enums, report);
  const exchangeMap = vendor?.map('exchange');
  const exchange = exchangeMap && readExchange(exchangeMap, built.messages, report);
  if (id === undefined) return undefined;
  return {
    name: id.text,
    doc: top.doc(),
    location: id.location,
    title: meta?.text('title')?.text.trim() ?? '',
    transport: vendor?.text('transport')?.text === 'seqpacket' ? 'seqpacket' : 'datagram',
    maxFds: Number(vendor?.whole('max_fds')?.value ?? 0n),
    exchange,
    enums: built.enums,
    messages: built.messages,
  };
}
