/** One message in Python: a dataclass for each variant, and the encoder and decoder. */
import {
  integerSteps,
  type IntegerStep,
  planOf,
  stepOf,
  type TagStep,
} from '../../model/packet.js';
import type { IntegerMember, Member, Message, Variant } from '../../model/protocol.js';
import {
  allVariants,
  type AnyVariant,
  descriptorMembers,
  maxFds,
  minFds,
  travels,
} from '../../model/queries.js';
import { pythonMembers, type PythonMessageNames } from './names.js';
import { comment, docstring } from './text.js';

/** A number in a packet. */
type NumberStep = TagStep | IntegerStep;

export function pythonMessage(message: Message, names: PythonMessageNames): string[] {
  return [
    ...allVariants(message).map((variant) => variantClass(variant, names)),
    `${comment([message.doc], '')}${names.type} = Union[\n${allVariants(message)
      .map((variant) => `    ${names.variants.get(variant)},\n`)
      .join('')}]

# Bytes of a ${message.name}.
${names.size} = ${message.wire.size}`,
    encode(message, names),
    decode(message, names),
  ];
}

function variantClass(variant: AnyVariant, names: PythonMessageNames): string {
  const members = pythonMembers(variant.members);
  const fields = variant.members.map(
    (member) =>
      `${comment(memberDocs(member), '    ')}    ${members.get(member.name)}: ${memberType(member)}\n`,
  );
  const doc = docstring([variant.doc, travels(variant) ? '' : 'It never travels.'], '    ');
  const body = [doc, fields.join('')].filter((part) => part !== '').join('\n') || '    pass\n';
  return `@dataclasses.dataclass(frozen=True)\nclass ${names.variants.get(variant)}:\n${body.trimEnd()}`;
}

function memberType(member: Member): string {
  switch (member.kind) {
    case 'descriptor':
      return member.optional ? 'Optional[Any]' : 'Any';
    case 'integer':
      return member.count === undefined ? 'int' : 'Tuple[int, ...]';
  }
}

function memberDocs(member: Member): string[] {
  switch (member.kind) {
    case 'descriptor': {
      const absent = member.optional ? ' Optional: None if absent.' : '';
      return [member.doc, `A descriptor (${member.descriptor.replace('_', ' ')}).${absent}`];
    }
    case 'integer':
      return [
        member.doc,
        member.count === undefined ? '' : `${member.count} elements.`,
        member.errno ? 'The absolute value of an errno; its sign does not travel.' : '',
        member.unit === undefined ? '' : `Unit: ${member.unit}.`,
      ];
  }
}

function encode(message: Message, names: PythonMessageNames): string {
  return `def ${names.encode}(message: ${names.type}) -> Tuple[bytes, List[Any]]:
    """The bytes of the message, and the descriptors to send with them, which stay the caller's.

    Raises ProtocolError for a variant that never travels, and if a descriptor is missing;
    FieldValueError for a value that does not fit.
    """
    data = bytearray(${names.size})
    fds: List[Any] = []
${message.variants.map((variant) => encodeCase(message, names, variant)).join('\n')}
    raise ProtocolError("invalid_type", f"${message.name}: {message!r} can't be sent")`;
}

function encodeCase(message: Message, names: PythonMessageNames, variant: Variant): string {
  const members = pythonMembers(variant.members);
  const path = `${message.name}.${variant.name}`;
  const value = (member: Member): string => `message.${members.get(member.name)}`;
  const descriptors = descriptorMembers(variant);
  const steps = integerSteps(planOf(message, variant));
  const lines = [
    ...descriptors.flatMap((member, index) => {
      const next = descriptors[index + 1];
      if (member.optional && next === undefined) return [];
      const gap = member.optional && next !== undefined ? ` and ${value(next)} is not None` : '';
      return [
        `if ${value(member)} is None${gap}:`,
        `    raise ProtocolError("expect_fd", "${path}.${member.name} is missing")`,
      ];
    }),
    store(message.wire.tag, `(${variant.tag})`),
    ...steps.flatMap((step) => {
      const { member } = step;
      const name = `"${path}.${member.name}"`;
      const range = limits(member);
      if (member.count === undefined) {
        const checked = `_check(${name}, ${value(member)}, ${range})`;
        return [store(step, member.errno ? `_errno_to_wire(${checked})` : checked)];
      }
      return [
        `for i, element in enumerate(_check_array(${name}, ${value(member)}, ${member.count}, ${range})):`,
        `    ${store(step, 'element', ` + ${step.type.size} * i`)}`,
      ];
    }),
    ...descriptors.flatMap((member) =>
      member.optional
        ? [`if ${value(member)} is not None:`, `    fds.append(${value(member)})`]
        : [`fds.append(${value(member)})`],
    ),
    'return bytes(data), fds',
  ];
  return `    if isinstance(message, ${names.variants.get(variant)}):
${lines.map((line) => `        ${line}`).join('\n')}`;
}

/** The least and the greatest value that may be handed over. */
function limits(member: IntegerMember): string {
  if (member.errno) return '-(1 << 31), (1 << 32) - 1';
  const bits = 8 * member.size;
  return member.signed ? `-(1 << ${bits - 1}), (1 << ${bits - 1}) - 1` : `0, (1 << ${bits}) - 1`;
}

function store({ type, offset }: NumberStep, value: string, shift = ''): string {
  const end = offset + type.size;
  const target = shift === '' ? `${offset}:${end}` : `${offset}${shift} : ${end}${shift}`;
  const signed = type.signed ? ', signed=True' : '';
  return `data[${target}] = ${value}.to_bytes(${type.size}, "${type.endian}"${signed})`;
}

function load({ member, type, offset, size }: NumberStep): string {
  const signed = type.signed ? ', signed=True' : '';
  const read = (range: string): string =>
    `int.from_bytes(data[${range}], "${type.endian}"${signed})`;
  const whole = `${offset}:${offset + size}`;
  if (member.errno) return `_errno_from_wire(${read(whole)})`;
  if (member.count === undefined) return read(whole);
  return `tuple(\n                ${read(`i : i + ${type.size}`)} for i in range(${offset}, ${offset + size}, ${type.size})\n            )`;
}

function decode(message: Message, names: PythonMessageNames): string {
  return `def ${names.decode}(
    data: bytes, fds: List[Any], policy: str = "strict", length: Optional[int] = None
) -> ${names.type}:
    """Reads the message from a packet, and takes out of \`fds\` what it keeps; the rest is the caller's.

    \`policy\` is 'strict' or 'crosvm2018'; \`length\` is the packet's, if \`data\` is only its beginning.
    Raises ProtocolError 'bad_size', 'invalid_type', 'expect_fd' or 'unexpected_fd', checked in this
    order; then \`fds\` is as it was.
    """
    if length is None:
        length = len(data)
    if min(length, len(data)) < ${names.size} or (length > ${names.size} and policy == "strict"):
        raise ProtocolError("bad_size", f"${message.name}: a packet of {length} bytes", length)
    tag = ${load(message.wire.tag)}
${message.variants.map((variant) => decodeCase(message, names, variant)).join('\n')}
    raise ProtocolError("invalid_type", f"${message.name}: there is no type {tag}")`;
}

function decodeCase(message: Message, names: PythonMessageNames, variant: Variant): string {
  const max = maxFds(variant);
  const plan = planOf(message, variant);
  const members = pythonMembers(variant.members);
  let descriptor = 0;
  const values = variant.members.map((member) => {
    const value = (): string => {
      switch (member.kind) {
        case 'descriptor':
          return `kept[${descriptor++}]`;
        case 'integer':
          return load(stepOf(plan, member));
      }
    };
    return `            ${members.get(member.name)}=${value()},\n`;
  });
  const take = max === 0 ? '' : `        kept = _take(fds, ${max})\n`;
  const list = values.length === 0 ? '' : `\n${values.join('')}        `;
  return `    if tag == ${variant.tag}:
        _check_fds("${message.name}.${variant.name}", fds, ${minFds(variant)}, ${max}, policy)
${take}        return ${names.variants.get(variant)}(${list})`;
}
