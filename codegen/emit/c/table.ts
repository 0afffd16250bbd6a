/** The tables of the C bindings, by which a program works by name on any protocol. */
import { type IntegerStep, planOf, stepOf, type TagStep } from '../../model/packet.js';
import type { IntegerMember, Member, Message, Protocol } from '../../model/protocol.js';
import { allVariants, type AnyVariant, maxFds, minFds, travels } from '../../model/queries.js';
import { cMembers, type CMessageNames, type CNames, ownNames } from './names.js';

export function cTables(protocol: Protocol, names: CNames): string {
  const messages = [...names.messages];
  const { exchange } = protocol;
  const list = messages.map(([message, own]) => messageEntry(message, own)).join(',\n');
  return `${messages.map(([message, own]) => messageTables(message, own)).join('\n\n')}

static const struct vmwire_message messages[] = {
${list},
};

const struct vmwire_protocol ${names.prefix}_protocol = {
  .name = "${protocol.name}",
  .seqpacket = ${protocol.transport === 'seqpacket'},
  .max_fds = ${protocol.maxFds},
  .request = ${optionalString(exchange?.request.name)},
  .response = ${optionalString(exchange?.response.name)},
  .error = ${optionalString(exchange?.error.name)},
  .messages = messages,
  .message_count = ${messages.length},
};`;
}

/** Names come from the schema's identifiers, which need no escape. */
function optionalString(name: string | undefined): string {
  return name === undefined ? 'NULL' : `"${name}"`;
}

function messageTables(message: Message, names: CMessageNames): string {
  const variants = allVariants(message);
  const members = variants
    .filter((variant) => variant.members.length > 0)
    .map((variant) => {
      const entries = variant.members.map((member) =>
        memberOfVariant(message, names, variant, member),
      );
      return `static const struct vmwire_member ${ownNames.members(message, variant)}[] = {
${entries.map((entry) => `  ${entry},`).join('\n')}
};`;
    });
  return `${members.join('\n\n')}${members.length > 0 ? '\n\n' : ''}static const struct vmwire_variant ${ownNames.variants(message)}[] = {
${variants.map((variant) => `${variantEntry(message, variant)},`).join('\n')}
};

static enum vmwire_error ${ownNames.encode(message)}(
    const void *message, uint8_t *bytes, int *fds, size_t *fd_count)
{
  return ${names.encode}(message, bytes, fds, fd_count);
}

static enum vmwire_error ${ownNames.decode(message)}(
    void *message, const uint8_t *bytes, size_t length, int *fds, size_t *fd_count,
    enum vmwire_policy policy)
{
  return ${names.decode}(message, bytes, length, fds, fd_count, policy);
}`;
}

function memberOfVariant(
  message: Message,
  names: CMessageNames,
  variant: AnyVariant,
  member: Member,
): string {
  const own = cMembers(variant.members).get(member.name);
  const path = `${names.variants.get(variant)?.member}.${own}`;
  const fields = memberFields(message, names, variant, member);
  return memberEntry(member, fields, `offsetof(struct ${names.struct}, ${path})`);
}

function memberEntry({ name }: Member, fields: readonly string[], structOffset: string): string {
  return `{${[`.name = "${name}"`, ...fields, `.struct_offset = ${structOffset}`].join(', ')}}`;
}

function memberFields(
  message: Message,
  names: CMessageNames,
  variant: AnyVariant,
  member: Member,
): string[] {
  switch (member.kind) {
    case 'descriptor':
      return ['.is_descriptor = true', ...(member.optional ? ['.optional = true'] : [])];
    case 'integer':
      return numberFields(
        names,
        member,
        travels(variant) ? stepOf(planOf(message, variant), member) : undefined,
      );
  }
}

/** `step` is where the number is in a packet, if it travels. */
function numberFields(
  names: CMessageNames,
  member: IntegerMember,
  step: TagStep | IntegerStep | undefined,
): string[] {
  const offset = `offsetof(struct ${names.wire}, ${names.wireMembers.get(member.name)})`;
  return [
    ...(member.signed ? ['.is_signed = true'] : []),
    ...(step?.type.endian === 'big' ? ['.big_endian = true'] : []),
    ...(member.errno ? ['.is_errno = true'] : []),
    `.size = ${member.size}`,
    ...(member.count === undefined ? [] : [`.count = ${member.count}`]),
    `.wire_offset = ${step === undefined ? '0' : offset}`,
  ];
}

function variantEntry(message: Message, variant: AnyVariant): string {
  const fields = [
    `.name = "${variant.name}"`,
    travels(variant)
      ? `.tag = UINT64_C(${BigInt.asUintN(8 * message.wire.tag.size, variant.tag)})`
      : '.is_local = true',
    ...(variant.members.length === 0
      ? []
      : [
          `.members = ${ownNames.members(message, variant)}`,
          `.member_count = ${variant.members.length}`,
        ]),
    `.min_fds = ${minFds(variant)}`,
    `.max_fds = ${maxFds(variant)}`,
    ...(variant.response === undefined ? [] : [`.response = "${variant.response}"`]),
  ];
  return `  {${fields.join(', ')}}`;
}

function messageEntry(message: Message, names: CMessageNames): string {
  const tag = memberEntry(
    message.tag,
    numberFields(names, message.tag, message.wire.tag),
    `offsetof(struct ${names.struct}, variant)`,
  );
  return `  {
    .name = "${message.name}",
    .wire_size = ${names.size},
    .struct_size = sizeof(struct ${names.struct}),
    .tag = ${tag},
    .variants = ${ownNames.variants(message)},
    .variant_count = ${allVariants(message).length},
    .encode = ${ownNames.encode(message)},
    .decode = ${ownNames.decode(message)},
  }`;
}
