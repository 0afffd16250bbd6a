/** One message in Rust: its layout with assertions, its type, and its encoder and decoder. */
import {
  integerSteps,
  type IntegerStep,
  type Plan,
  planOf,
  stepOf,
  type TagStep,
} from '../../model/packet.js';
import type {
  DescriptorMember,
  IntegerMember,
  Member,
  Message,
  Variant,
} from '../../model/protocol.js';
import { isNaturallyAligned } from '../wire-struct.js';
import {
  allVariants,
  descriptorMembers,
  integerMembers,
  maxFds,
  minFds,
  type Range,
  travels,
} from '../../model/queries.js';
import { rustMembers, type RustMessageNames, rustPattern } from './names.js';
import { rustDoc } from './text.js';

/** A number in a packet. */
type NumberStep = TagStep | IntegerStep;

/** Everything that the file says of one message, but for its tables. */
export function rustMessage(message: Message, names: RustMessageNames): string[] {
  return [
    `/// Bytes of a \`${message.name}\`.
#[allow(dead_code)]
pub const ${names.size}: usize = ${message.wire.size};`,
    wireStruct(message, names),
    assertions(message, names),
    messageEnum(message, names),
    `#[allow(dead_code)]
${implHead(names)} {
${encode(message, names)}

${decode(message, names)}
}`,
  ];
}

function implHead(names: RustMessageNames): string {
  return names.generic ? `impl<F> ${names.type}<F>` : `impl ${names.type}`;
}

export function integerType({ size, signed }: Range): string {
  return `${signed ? 'i' : 'u'}${8 * size}`;
}

function memberType(member: Member): string {
  switch (member.kind) {
    case 'descriptor':
      return member.optional ? 'Option<F>' : 'F';
    case 'integer':
      return arrayOf(member, member.errno ? 'i64' : integerType(member));
  }
}

function arrayOf({ count }: IntegerMember, type: string): string {
  return count === undefined ? type : `[${type}; ${count}]`;
}

function wireStruct(message: Message, names: RustMessageNames): string {
  const fields = message.wire.struct.map((step) => {
    const name = names.wireFields.get(step);
    if (step.kind === 'zeros') return `    pub ${name}: [u8; ${step.size}],`;
    const { member } = step;
    return `    pub ${name}: ${arrayOf(member, integerType(member))},`;
  });
  const representation = isNaturallyAligned(message) ? 'C' : 'C, packed';
  return `/// A \`${message.name}\` as it lies in a packet, each member in the byte order of the wire.
#[allow(dead_code)]
#[repr(${representation})]
pub struct ${names.wire} {
${fields.join('\n')}
}`;
}

function assertions(message: Message, names: RustMessageNames): string {
  const offsets = message.wire.struct.map(
    (step) =>
      `const _: () = assert!(offset_of!(${names.wire}, ${names.wireFields.get(step)}) == ${step.offset});`,
  );
  const size = `const _: () = assert!(std::mem::size_of::<${names.wire}>() == ${names.size});`;
  return [size, ...offsets].join('\n');
}

function messageEnum(message: Message, names: RustMessageNames): string {
  const variants = allVariants(message).map((variant) => {
    const members = rustMembers(variant.members);
    const local = travels(variant) ? '' : 'It never travels.';
    const doc = rustDoc([variant.doc, local], '    ');
    const name = `    ${names.variants.get(variant)}`;
    if (variant.members.length === 0) return `${doc}${name},`;
    const fields = variant.members.map(
      (member) =>
        `${rustDoc(memberDocs(member), '        ')}        ${members.get(member.name)}: ${memberType(member)},`,
    );
    return `${doc}${name} {\n${fields.join('\n')}\n    },`;
  });
  const whose = names.generic
    ? 'Its descriptors are of type `F`: `OwnedFd` for what was received, `&OwnedFd` or `BorrowedFd` for what is sent.'
    : '';
  return `${rustDoc([message.doc, whose])}#[allow(dead_code)]
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ${names.type}${names.generic ? '<F>' : ''} {
${variants.join('\n')}
}`;
}

function memberDocs(member: Member): string[] {
  switch (member.kind) {
    case 'descriptor':
      return [member.doc, `A descriptor (${member.descriptor.replace('_', ' ')}).`];
    case 'integer': {
      const errno = member.errno ? 'The absolute value of an errno; its sign does not travel.' : '';
      return [member.doc, errno, member.unit === undefined ? '' : `Unit: ${member.unit}.`];
    }
  }
}

/** Where a number lies in the packet, as an expression. */
function place(names: RustMessageNames, { member }: NumberStep): string {
  return `offset_of!(${names.wire}, ${names.wireMembers.get(member.name)})`;
}

/** Where element `i` of an array is. */
function elementPlace(names: RustMessageNames, step: IntegerStep): string {
  const distance = step.type.size === 1 ? 'i' : `${step.type.size} * i`;
  return `${place(names, step)} + ${distance}`;
}

function toBytes({ type }: NumberStep, value: string): string {
  return `&${value}.to_${type.endian === 'little' ? 'le' : 'be'}_bytes()`;
}

function fromBytes({ type }: NumberStep, offset: string): string {
  return `${integerType(type)}::from_${type.endian === 'little' ? 'le' : 'be'}_bytes(get(bytes, ${offset}))`;
}

function encode(message: Message, names: RustMessageNames): string {
  const arms = message.variants.map((variant) => encodeArm(message, names, variant));
  const locals = message.locals.map(
    (variant) =>
      `            Self::${names.variants.get(variant)}${variant.members.length > 0 ? ' { .. }' : ''} => Err(Error::InvalidType),`,
  );
  const result = names.generic ? 'Vec<&F>' : '()';
  const returns = names.generic
    ? ' and returns the descriptors to send with it, which stay whose they are'
    : '';
  return `${rustDoc([`Writes the message to \`bytes\`${returns}.`, 'Fails with `InvalidType` for a variant that never travels, `ExpectFd` if an optional descriptor is left out before another, `FieldValue` for an errno outside -2^31 to 2^32 - 1; then nothing is written.'], '    ')}    pub fn encode(&self, bytes: &mut [u8; ${names.size}]) -> Result<${result}, Error> {
        match self {
${[...arms, ...locals].join('\n')}
        }
    }`;
}

function encodeArm(message: Message, names: RustMessageNames, variant: Variant): string {
  const { pattern, variables } = rustPattern(variant);
  const value = (member: Member): string => variables.get(member.name) ?? member.name;
  const descriptors = descriptorMembers(variant);
  const steps = integerSteps(planOf(message, variant));
  const { tag } = message.wire;
  const lines = [
    ...gapChecks(descriptors, value),
    ...integerMembers(variant)
      .filter((member) => member.errno)
      .map((member) => `let ${value(member)} = errno_to_wire(*${value(member)})?;`),
    'bytes.fill(0);',
    `put(bytes, ${place(names, tag)}, ${toBytes(tag, tagLiteral(variant.tag, tag.type))});`,
    ...steps.flatMap((step) => {
      const { member } = step;
      if (member.count === undefined)
        return [`put(bytes, ${place(names, step)}, ${toBytes(step, value(member))});`];
      return [
        `for (i, element) in ${value(member)}.iter().enumerate() {`,
        `    put(bytes, ${elementPlace(names, step)}, ${toBytes(step, 'element')});`,
        '}',
      ];
    }),
    names.generic ? `Ok(${descriptorList(descriptors, value)})` : 'Ok(())',
  ];
  return `            Self::${names.variants.get(variant)}${pattern} => {
${lines.map((line) => `                ${line}`).join('\n')}
            }`;
}

/** With its type; a minus would be applied after the method. */
function tagLiteral(tag: bigint, type: Range): string {
  const literal = `${tag}${integerType(type)}`;
  return tag < 0n ? `(${literal})` : literal;
}

/** The count alone tells on the wire which optional descriptors there are, so there can't be a gap. */
function gapChecks(
  descriptors: readonly DescriptorMember[],
  value: (member: Member) => string,
): string[] {
  return descriptors.flatMap((member, index) => {
    const next = descriptors[index + 1];
    if (!member.optional || next === undefined) return [];
    return [
      `if ${value(member)}.is_none() && ${value(next)}.is_some() {`,
      '    return Err(Error::ExpectFd);',
      '}',
    ];
  });
}

/** The descriptors that are there, as an expression of type `Vec`. */
export function descriptorList(
  descriptors: readonly DescriptorMember[],
  value: (member: Member) => string,
  reference = true,
): string {
  if (descriptors.length === 0) return 'Vec::new()';
  if (descriptors.every((member) => !member.optional))
    return `vec![${descriptors.map(value).join(', ')}]`;
  const options = descriptors.map((member) => {
    if (!member.optional) return `Some(${value(member)})`;
    return reference ? `${value(member)}.as_ref()` : value(member);
  });
  return `[${options.join(', ')}].into_iter().flatten().collect()`;
}

function decode(message: Message, names: RustMessageNames): string {
  const { tag } = message.wire;
  const arms = message.variants.map((variant) => decodeArm(message, names, variant));
  // Rust warns of an arm for numbers of which none is left.
  if (arms.length < 256 ** tag.size) arms.push('            _ => Err(Error::InvalidType),');
  const parameter = names.generic ? '' : '<F>';
  return `${rustDoc(
    [
      `Reads the message from a packet of \`length\` bytes, of which \`bytes\` holds the first \`${names.size}\` or as many as there are. What it keeps is taken out of \`fds\`; the rest is the caller's.`,
      'Fails with `BadSize`, `InvalidType`, `ExpectFd` or `UnexpectedFd`, checked in this order; then `fds` is as it was.',
    ],
    '    ',
  )}    pub fn decode${parameter}(
        bytes: &[u8],
        length: usize,
        fds: &mut Vec<F>,
        policy: Policy,
    ) -> Result<Self, Error> {
        let too_long = length > ${names.size} && policy == Policy::Strict;
        if length < ${names.size} || bytes.len() < ${names.size} || too_long {
            return Err(Error::BadSize(length));
        }
        match ${fromBytes(tag, place(names, tag))} {
${arms.join('\n')}
        }
    }`;
}

function decodeArm(message: Message, names: RustMessageNames, variant: Variant): string {
  const plan = planOf(message, variant);
  const max = maxFds(variant);
  const members = rustMembers(variant.members);
  const name = names.variants.get(variant);
  const kept = max === 0 ? '' : `let mut kept = `;
  const fields = variant.members.map((member) => {
    return `                    ${members.get(member.name)}: ${decodeMember(names, plan, member)},`;
  });
  const result =
    fields.length === 0
      ? `Ok(Self::${name})`
      : `Ok(Self::${name} {\n${fields.join('\n')}\n                })`;
  return `            ${variant.tag} => {
                ${kept}take(fds, ${minFds(variant)}, ${max}, policy)?;
                ${result}
            }`;
}

function decodeMember(names: RustMessageNames, plan: Plan, member: Member): string {
  switch (member.kind) {
    case 'descriptor':
      return `kept.next()${member.optional ? '' : '.ok_or(Error::ExpectFd)?'}`;
    case 'integer':
      return decodeInteger(names, stepOf(plan, member));
  }
}

function decodeInteger(names: RustMessageNames, step: IntegerStep): string {
  const one = fromBytes(step, place(names, step));
  if (step.member.errno) return `errno_from_wire(${one})`;
  if (step.member.count === undefined) return one;
  return `std::array::from_fn(|i| ${fromBytes(step, elementPlace(names, step))})`;
}
