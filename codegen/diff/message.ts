/** One message in one direction: its variants, and its wire by the rules of its format. */
import type { LocalVariant, Message, Variant } from '../model/protocol.js';
import { maxFds } from '../model/queries.js';
import { compareDescriptors } from './descriptors.js';
import { type Flow, finding, type WireRules } from './flow.js';
import type { Finding } from './report.js';

/** What a receiver makes of every packet that a sender of another age can send. */
export function compareMessage(flow: Flow, rules: WireRules): readonly Finding[] {
  return [
    ...rules.message(flow),
    ...flow.sent.variants.flatMap((variant) => compareVariant(flow, variant, rules)),
    ...compareReserved(flow),
    ...compareLocals(flow),
  ];
}

function compareVariant(flow: Flow, variant: Variant, rules: WireRules): readonly Finding[] {
  const subject = `${flow.sent.name}.${variant.name}`;
  const read = flow.read.variants.find(({ tag }) => tag === variant.tag);
  if (read?.name === variant.name)
    return [...rules.members(flow, variant, read), ...compareDescriptors(flow, variant, read)];
  if (read !== undefined)
    return [
      finding(
        flow,
        'tag_reused',
        subject,
        'breaking',
        `tag ${variant.tag} is \`${variant.name}\` to ${flow.from} and \`${read.name}\` to ${flow.to}`,
        { sent: variant, read },
      ),
    ];
  const moved = flow.read.variants.find(({ name }) => name === variant.name);
  if (moved !== undefined)
    return [
      finding(
        flow,
        'tag_changed',
        subject,
        'breaking',
        `${flow.from} sends \`${variant.name}\` with tag ${variant.tag}, ${flow.to} knows it by ${moved.tag}: invalidType`,
        { sent: variant, read: moved },
      ),
    ];
  return [unknownVariant(flow, subject, variant)];
}

/** The receiver has neither the tag nor the name. */
function unknownVariant(flow: Flow, subject: string, variant: Variant): Finding {
  const descriptors = maxFds(variant);
  const closes =
    descriptors === 0
      ? ''
      : ` and must close its ${descriptors === 1 ? 'descriptor' : `${descriptors} descriptors`}`;
  const refused = `${flow.to} doesn't know \`${variant.name}\` (tag ${variant.tag}): it says invalidType${closes}`;
  if (flow.sender === 'new') {
    const reserved = flow.read.reserved.includes(variant.tag);
    return finding(
      flow,
      reserved ? 'tag_reserved' : 'variant_added',
      subject,
      reserved ? 'breaking' : 'additive',
      reserved
        ? `\`${variant.name}\` takes tag ${variant.tag}, which was never to be used again`
        : refused,
      { sent: variant, read: flow.read },
    );
  }
  const free = !flow.read.reserved.includes(variant.tag);
  return finding(
    flow,
    'variant_removed',
    subject,
    'breaking',
    `${refused}${free ? `; reserve tag ${variant.tag}, lest another variant takes it` : ''}`,
    { sent: variant, read: flow.read },
  );
}

/** Tags that may be used again. Told once, with the old sender. */
function compareReserved(flow: Flow): readonly Finding[] {
  if (flow.sender === 'new') return [];
  const used = new Set(flow.read.variants.map(({ tag }) => tag));
  return flow.sent.reserved
    .filter((tag) => !flow.read.reserved.includes(tag) && !used.has(tag))
    .map((tag) =>
      finding(
        flow,
        'tag_reserved',
        flow.sent.name,
        'identical',
        `tag ${tag} is no longer reserved: another variant may take it`,
        { sent: flow.sent, read: flow.read },
      ),
    );
}

/** Variants that never travel. Told once, with the old sender. */
function compareLocals(flow: Flow): readonly Finding[] {
  if (flow.sender === 'new') return [];
  const before = localsByName(flow.sent);
  const after = localsByName(flow.read);
  return [...new Set([...before.keys(), ...after.keys()])].flatMap((name) => {
    const sent = before.get(name);
    const read = after.get(name);
    if (sent !== undefined && read !== undefined) return [];
    return [
      finding(
        flow,
        'local_variant',
        `${flow.sent.name}.${name}`,
        'identical',
        `\`${name}\` is executed locally by ${sent ? flow.from : flow.to} only: it never travels`,
        { sent, read },
      ),
    ];
  });
}

function localsByName(message: Message): ReadonlyMap<string, LocalVariant> {
  return new Map(message.locals.map((local) => [local.name, local]));
}
