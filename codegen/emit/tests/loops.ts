/**
 * The loops that all generated test files share: one for each kind of case, over all tables.
 *
 * Text in its final format, without a template literal, like the harness that it stands behind.
 */
export const loops = String.raw`
/** Encodes every variant with each boundary value in each place, and with each number of descriptors. */
function encodesEveryValue(table: MessageTable): number {
  let cases = 0;
  for (const variant of table.variants) {
    for (let given = variant.required; given <= variant.descriptors.length; given++) {
      const fds = standIns(given);
      const message = withDescriptors(variant.message, variant.descriptors, fds);
      encodes(table, message, fds, variant.packet, variant.name + ' fds=' + given);
      cases++;
    }
    const fds = standIns(variant.descriptors.length);
    const message = withDescriptors(variant.message, variant.descriptors, fds);
    for (const member of variant.members) {
      for (let index = 0; index < (member.count ?? 1); index++) {
        for (const [value, bytes] of member.integer.sent) {
          const packet = place(variant.packet, member.offset + index * member.size, bytes);
          const where = variant.name + '.' + member.name + '[' + index + ']=' + value;
          encodes(table, replace(message, member, index, value), fds, packet, where);
          cases++;
        }
      }
    }
    if (variant.descriptors.length > 0) continue;
    const view = new DataView(new ArrayBuffer(table.size));
    assert.is(table.codec.encode(message, view, 0), noDescriptors, variant.name);
  }
  return cases;
}

/** Decodes every variant with each boundary value in each place. */
function decodesEveryValue(table: MessageTable): number {
  let cases = 0;
  for (const policy of policies) {
    for (const variant of table.variants) {
      const given = variant.descriptors.length;
      const sample = bytesOf(variant.packet);
      decodes(table, variant, variant.message, sample, table.size, given, policy, variant.name);
      cases++;
      for (const member of variant.members) {
        for (let index = 0; index < (member.count ?? 1); index++) {
          for (const [value, bytes] of member.integer.received ?? member.integer.sent) {
            const packet = place(variant.packet, member.offset + index * member.size, bytes);
            const message = replace(variant.message, member, index, value);
            const where = variant.name + '.' + member.name + '[' + index + ']=' + bytes;
            decodes(table, variant, message, bytesOf(packet), table.size, given, policy, where);
            cases++;
          }
        }
      }
    }
  }
  return cases;
}

/** Refuses values that a member can't hold, and descriptors that are none or missing. */
function refusesValues(table: MessageTable): number {
  let cases = 0;
  for (const variant of table.variants) {
    const fds = standIns(variant.descriptors.length);
    const message = withDescriptors(variant.message, variant.descriptors, fds);
    for (const member of variant.members) {
      const path = variant.name + '.' + member.name;
      for (let index = 0; index < (member.count ?? 1); index++) {
        const element = member.count === undefined ? path : path + '[' + index + ']';
        for (const value of member.integer.refused) {
          refusesValue(table, element, replace(message, member, index, value));
          cases++;
        }
      }
      const elements = message[member.key];
      if (!Array.isArray(elements)) continue;
      for (const wrong of [[], elements.slice(1), [...elements, ...elements]]) {
        refusesValue(table, path + '.length', { ...message, [member.key]: wrong });
        cases++;
      }
      refusesValue(table, path, { ...message, [member.key]: elements[0] });
      cases++;
    }
    for (const [index, { name, key }] of variant.descriptors.entries()) {
      refusesValue(table, variant.name + '.' + name, { ...message, [key]: 5 });
      cases++;
      if (index >= variant.required) continue;
      const missing = refusesToEncode(table, 'expectFd', { ...message, [key]: undefined });
      mentions(missing, variant.name, name);
      cases++;
    }
  }
  return cases;
}

/** Refuses to encode variants that have no tag, and names that are no variant. */
function refusesLocals(table: MessageTable): number {
  const locals = table.locals.map((local) =>
    withDescriptors(local.message, local.descriptors, standIns(local.descriptors.length)),
  );
  // The key of a variant is in camelCase: none of these can be one.
  const strangers = ['', 'Type', 'to_string', '__proto__', 'no_such_variant'];
  for (const message of [...locals, ...strangers.map((type) => ({ type }))]) {
    assert.is(refusesToEncode(table, 'invalidType', message).tag, message.type);
  }
  return locals.length + strangers.length;
}

/** Packets of every length, from nothing to past twice the size, and a long one. */
function judgesEveryLength(table: MessageTable): number {
  let cases = 0;
  const lengths = [...Array(2 * table.size + 2).keys(), table.size + 4096];
  for (const policy of policiesAndDefault) {
    for (const variant of table.variants) {
      const whole = bytesOf(variant.packet);
      const given = variant.descriptors.length;
      for (const length of lengths) {
        const where = variant.name + ' ' + policy + ' length=' + length;
        const exact = new Uint8Array(length);
        exact.set(whole.subarray(0, length));
        // The packet alone, and at the start of a buffer that holds more or (if it was cut) less.
        for (const packet of [exact, whole]) {
          if (length === table.size || (length > table.size && policy === 'crosvm2018')) {
            decodes(table, variant, variant.message, packet, length, given, policy, where);
          } else {
            const error = refusesToDecode(table, 'badSize', packet, length, given, policy, where);
            assert.is(error.size, length, where);
            mentions(error, length, table.size);
          }
          cases++;
        }
      }
    }
  }
  return cases;
}

/** The bits of a tag as a number, and back. */
function tagBytes(table: MessageTable, tag: Value): string {
  const digits = BigInt.asUintN(8 * table.tag.size, BigInt(tag))
    .toString(16)
    .padStart(2 * table.tag.size, '0');
  return table.tag.littleEndian ? hexOf(bytesOf(digits).reverse()) : digits;
}

/** Every tag up to 255 that names no variant, the reserved ones, and those that look like an assigned one. */
function unassignedTags(table: MessageTable): Set<string> {
  const tags = new Set<string>();
  for (let tag = 0; tag < 256; tag++) tags.add(tagBytes(table, tag));
  for (const tag of table.reserved) tags.add(tagBytes(table, tag));
  tags.add('ff'.repeat(table.tag.size));
  const assigned = table.variants.map((variant) => tagBytes(table, variant.tag));
  for (const tag of assigned) {
    const bytes = bytesOf(tag);
    for (let bit = 0; bit < 8 * bytes.length; bit++) {
      const other = bytes.slice();
      other[bit >> 3] = (other[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      tags.add(hexOf(other));
    }
    tags.add(hexOf(bytes.reverse()));
  }
  for (const tag of assigned) tags.delete(tag);
  return tags;
}

function refusesUnassignedTags(table: MessageTable): number {
  let cases = 0;
  const [variant] = table.variants;
  if (variant === undefined) return 0;
  for (const tag of unassignedTags(table)) {
    const packet = bytesOf(place(variant.packet, table.tag.offset, tag));
    for (const policy of policies) {
      for (const given of [0, 1]) {
        const where = 'tag ' + tag + ' ' + policy;
        const error = refusesToDecode(
          table,
          'invalidType',
          packet,
          table.size,
          given,
          policy,
          where,
        );
        const found = BigInt(error.tag ?? -1);
        assert.is(tagBytes(table, found), tag, where);
        assert.ok(table.tag.signed || found >= 0n, where);
        cases++;
      }
    }
  }
  return cases;
}

/** Bytes that the variant gives no meaning, padding among them, are ignored on receipt. */
function ignoresOtherBytes(table: MessageTable): number {
  let cases = 0;
  for (const variant of table.variants) {
    const used = new Set<number>();
    const use = (offset: number, size: number): void => {
      for (let at = offset; at < offset + size; at++) used.add(at);
    };
    use(table.tag.offset, table.tag.size);
    for (const member of variant.members) use(member.offset, member.size * (member.count ?? 1));
    for (let at = 0; at < table.size; at++) {
      if (used.has(at)) continue;
      assert.is(variant.packet.slice(2 * at, 2 * at + 2), '00', variant.name + ' byte ' + at);
      for (const noise of ['01', '80', 'ff']) {
        const packet = bytesOf(place(variant.packet, at, noise));
        const given = variant.descriptors.length;
        for (const policy of policies) {
          const where = variant.name + ' ' + policy + ' byte ' + at + '=' + noise;
          decodes(table, variant, variant.message, packet, table.size, given, policy, where);
          cases++;
        }
      }
    }
  }
  return cases;
}

/** Every number of descriptors up to two too many, on packets that are good, short or unknown. */
function accountsForDescriptors(table: MessageTable): number {
  let cases = 0;
  const [stranger] = unassignedTags(table);
  for (const variant of table.variants) {
    const most = variant.descriptors.length;
    const whole = bytesOf(variant.packet);
    const short = whole.subarray(0, -1);
    for (let given = 0; given <= Math.max(maxFds, most) + 2; given++) {
      for (const policy of policiesAndDefault) {
        const where = variant.name + ' ' + policy + ' fds=' + given;
        const refuses = (kind: ProtocolErrorKind, packet: Uint8Array): ProtocolError => {
          cases++;
          return refusesToDecode(table, kind, packet, packet.length, given, policy, where);
        };
        if (given < variant.required) {
          mentions(refuses('expectFd', whole), variant.name, countOf(variant.required), given);
        } else if (given > most && policy !== 'crosvm2018') {
          mentions(refuses('unexpectedFd', whole), variant.name, countOf(most), given);
        } else {
          decodes(table, variant, variant.message, whole, table.size, given, policy, where);
          cases++;
        }
        refuses('badSize', short);
        if (stranger === undefined) continue;
        refuses('invalidType', bytesOf(place(variant.packet, table.tag.offset, stranger)));
      }
    }
  }
  return cases;
}

/** The constructors give the messages of the tables. */
function constructsEveryVariant(table: MessageTable): number {
  const variants = [...table.variants, ...table.locals];
  for (const variant of variants) {
    const fds = standIns(variant.descriptors.length);
    const built = variant.build(picker(fds));
    assert.equal(built, withDescriptors(variant.message, variant.descriptors, fds), variant.name);
  }
  const [first] = table.variants;
  if (first === undefined) return variants.length;
  const bytes = new Uint8Array(table.size).fill(0xff);
  table.encodeAtStart(new DataView(bytes.buffer), picker(standIns(first.descriptors.length)));
  assert.is(hexOf(bytes), first.packet, 'at the start');
  return variants.length + 1;
}

/** What the codec says of itself at run time is what the tables say. */
function describesItself(table: MessageTable): number {
  const { description } = table.codec;
  assert.is(description.name, table.name);
  assert.is(description.size, table.size);
  const { offset, size, signed, littleEndian } = description.tag;
  assert.equal({ offset, size, signed, littleEndian }, table.tag);
  assert.equal([...description.reserved], [...table.reserved]);
  assert.is(table.codec.encode, table.exports.encode);
  assert.is(table.codec.decode, table.exports.decode);
  assert.is(table.exports.size, table.size);
  const offsets = table.members.map((member) => [member.key, member.offset]);
  assert.equal(table.exports.offsets, { type: table.tag.offset, ...Object.fromEntries(offsets) });
  const tagged = description.variants.filter((variant) => variant.tag !== undefined);
  assert.equal(
    tagged.map((variant) => ({
      name: variant.name,
      key: variant.key,
      tag: variant.tag,
      fds: [variant.minFds, variant.maxFds],
      response: variant.response,
      integers: variant.members.flatMap((member) =>
        member.kind === 'integer'
          ? [[member.name, member.key, member.offset, member.size, member.count]]
          : [],
      ),
      descriptors: variant.members.flatMap((member) =>
        member.kind === 'descriptor' ? [[member.name, member.key, member.optional]] : [],
      ),
    })),
    table.variants.map((variant) => ({
      name: variant.name,
      key: variant.message.type,
      tag: variant.tag,
      fds: [variant.required, variant.descriptors.length],
      response: variant.response,
      integers: variant.members.map((member) => [
        member.name,
        member.key,
        member.offset,
        member.size,
        member.count,
      ]),
      descriptors: variant.descriptors.map((descriptor, index) => [
        descriptor.name,
        descriptor.key,
        index >= variant.required,
      ]),
    })),
  );
  const locals = description.variants.filter((variant) => variant.tag === undefined);
  assert.equal(
    locals.map((variant) => variant.key),
    table.locals.map((local) => local.message.type),
  );
  return description.variants.length;
}

const topics: readonly (readonly [name: string, run: (table: MessageTable) => number])[] = [
  ['encodes every value', encodesEveryValue],
  ['decodes every value', decodesEveryValue],
  ['refuses values that do not fit', refusesValues],
  ['refuses what has no tag', refusesLocals],
  ['judges every length', judgesEveryLength],
  ['refuses unassigned tags', refusesUnassignedTags],
  ['ignores bytes without a meaning', ignoresOtherBytes],
  ['accounts for descriptors', accountsForDescriptors],
  ['constructs every variant', constructsEveryVariant],
  ['describes itself', describesItself],
];

for (const table of tables) {
  for (const [name, run] of topics) {
    // A loop that ran over nothing passes: so the cases are counted.
    test(table.name + ' ' + name, () => assert.is(run(table), table.cases[name]));
  }
}

test.run();
`;
