/** The schema as a whole. */
import type { Format } from '../formats/format.js';
import { formats } from '../formats/index.js';
import { struct } from '../formats/struct/index.js';
import type { Reporter } from '../report/diagnostics.js';
import type { Location, Protocol } from '../model/protocol.js';
import type { SourceMap } from './source.js';
import { checkCollisions } from './collisions.js';
import { readEnums } from './enums.js';
import { checkAnswers, readExchange } from './exchange.js';
import { Keys, type KeyRules, vendorKey } from './keys.js';
import { buildMessages } from './messages.js';
import { readMeta } from './meta.js';
import { readTypes } from './types.js';

const topRules: KeyRules = {
  what: 'the schema',
  known: ['meta', 'doc', 'doc-ref', 'to-string', 'instances', 'types', 'enums'],
  unsupported: {
    seq: 'write the fields into a type; `instances` with `pos: 0` show a packet in an IDE',
    params: 'every packet of a message has the same struct',
  },
  owner: 'annotated',
};

const vendorRules: KeyRules = {
  what: '`-vmwire` of the schema',
  known: ['format', 'transport', 'max_fds', 'exchange'],
  owner: 'vmwire',
};

/** A file with none of them is something else. */
const schemaKeys: readonly string[] = ['meta', vendorKey, 'types', 'enums'];

/** Linux passes no more with one packet (SCM_MAX_FD). */
const maxMaxFds = 253n;

function readVendor(top: Keys, schema: Location, report: Reporter): Keys | undefined {
  const hint = 'say `-vmwire: { format: struct, transport: seqpacket }`, or `datagram`';
  if (!top.need(vendorKey, hint, schema)) return undefined;
  const map = top.map(vendorKey);
  if (map === undefined) return undefined;
  const keys = new Keys(map, vendorRules, report);
  keys.need('format', 'the one format is `struct`', top.locate(vendorKey));
  keys.need('transport', 'say `datagram` or `seqpacket`', top.locate(vendorKey));
  return keys;
}

function readFormat(vendor: Keys): Format | undefined {
  const name = vendor.choice(
    'format',
    formats.map((format) => format.name),
  );
  return formats.find((format) => format.name === name);
}

/** Undefined after a mistake. */
function readMaxFds(vendor: Keys | undefined, report: Reporter): number | undefined {
  if (vendor?.has('max_fds') !== true) return vendor && 0;
  const max = vendor.whole('max_fds');
  if (max === undefined) return undefined;
  if (max.value >= 0n && max.value <= maxMaxFds) return Number(max.value);
  const hint = `Linux passes at most ${maxMaxFds} descriptors with one packet`;
  report.error('VW015', max.location, `\`max_fds\` can't be ${max.value}`, hint);
  return undefined;
}

/** Reports everything that is wrong; what it returns then means nothing. */
export function buildProtocol(root: SourceMap, report: Reporter): Protocol | undefined {
  if (!root.entries.some((entry) => schemaKeys.includes(entry.key.text))) {
    const hint = `a schema has the keys ${schemaKeys.map((key) => `\`${key}\``).join(', ')}`;
    report.error('VW008', root.location, 'this is not a schema', hint);
    return undefined;
  }
  const top = new Keys(root, topRules, report);
  const meta = readMeta(top, root.location, report);
  const vendor = readVendor(top, root.location, report);
  const maxFds = readMaxFds(vendor, report);
  const format = vendor && readFormat(vendor);
  const transport = vendor?.choice('transport', ['datagram', 'seqpacket']);
  const enums = readEnums(top.map('enums'), report);
  const types = readTypes(top.map('types'), meta.endian, format ?? struct, report);
  const built = buildMessages(types, enums, maxFds, format ?? struct, report);
  if (types.names.size === types.locals.length) {
    const hint = 'write one under `types`, with `-vmwire: { tag: FIELD, size: BYTES }`';
    report.error('VW064', top.locate('types'), 'the schema has no message', hint);
  }
  const exchangeMap = vendor?.map('exchange');
  const exchange = exchangeMap && readExchange(exchangeMap, built, types.names, report);
  // Without an exchange that makes sense, no answer does.
  if (exchange !== undefined || vendor?.has('exchange') !== true) {
    checkAnswers(built, exchange, report);
  }
  const { messages } = built;
  const doc = top.doc();
  const { id } = meta;
  if (!id || !format || transport === undefined || maxFds === undefined) return undefined;
  const { text: name, location } = id;
  const protocol: Protocol = {
    name,
    doc,
    location,
    title: meta.title,
    format: format.name,
    transport,
    maxFds,
    exchange,
    enums: built.enums,
    messages,
  };
  checkCollisions(protocol, report);
  return protocol;
}
