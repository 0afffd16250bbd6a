/** What a change does to packets of bytes: their size, the place of the tag, the places of members. */
import { type Flow, finding, type WireRules } from '../../diff/flow.js';
import type { Finding } from '../../diff/report.js';
import { compareIntegers } from './integers.js';
import { placeOf, readInteger, writtenBytes } from './reading.js';

export const compareBytes: WireRules = {
  message: (flow) => [...compareSizes(flow), ...compareTags(flow)],
  members: compareIntegers,
};

function compareSizes(flow: Flow): readonly Finding[] {
  const sent = flow.sent.wire.size;
  const read = flow.read.wire.size;
  if (sent === read) return [];
  const short = sent < read;
  return [
    finding(
      flow,
      'size',
      flow.sent.name,
      { strict: 'breaking', crosvm2018: short ? 'breaking' : 'additive' },
      `${flow.from} sends ${sent} bytes, ${flow.to} wants ${read}: it says badSize(${sent})` +
        (short ? '' : `; one of 2018 cuts the packet to ${read} bytes and accepts it`),
      { sent: flow.sent, read: flow.read },
    ),
  ];
}

function compareTags(flow: Flow): readonly Finding[] {
  const sent = flow.sent.wire.tag;
  const read = flow.read.wire.tag;
  const from = placeOf(sent);
  const to = placeOf(read);
  if (from === to) return [];
  const reading = readInteger(sent, writtenBytes(flow.sent.wire.struct), read);
  const verdicts = { same: 'identical', widened: 'additive', wrong: 'breaking' } as const;
  const why = reading.kind === 'wrong' ? reading.why : 'the numbers are the same';
  return [
    finding(
      flow,
      'tag_field',
      `${flow.sent.name}.${sent.member.name}`,
      verdicts[reading.kind],
      `the tag is ${from} to ${flow.from} and ${to} to ${flow.to}: ${why}`,
      { sent: sent.member, read: read.member },
    ),
  ];
}
