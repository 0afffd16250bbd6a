/** The tables of the Rust bindings, by which a program works by name on any protocol. */
import { type IntegerStep, planOf, stepOf, type TagStep } from '../../model/packet.js';
import type { IntegerMember, Member, Message, Protocol } from '../../model/protocol.js';
import {
  allVariants,
  type AnyVariant,
  descriptorMembers,
  integerMembers,
  maxFds,
  minFds,
  travels,
} from '../../model/queries.js';
import { descriptorList } from './message.js';
import { rustMembers, type RustMessageNames, type RustNames, rustPattern } from './names.js';

export function rustTables(protocol: Protocol, names: RustNames): string[] {
  const messages = [...names.messages];
  const { exchange } = protocol;
  return [
    ...messages.flatMap(([message, own]) => [fromAny(message, own), toAny(message, own)]),
    `/// The protocol, for programs that work by name.
#[allow(dead_code)]
pub static PROTOCOL: ProtocolInfo = ProtocolInfo {
    name: "${protocol.name}",
    seqpacket: ${protocol.transport === 'seqpacket'},
    max_fds: MAX_FDS,
    exchange: ${exchange === undefined ? 'None' : `Some(("${exchange.request.name}", "${exchange.response.name}", "${exchange.error.name}"))`},
    messages: &[
${messages.map(([message, own]) => messageInfo(message, own)).join('\n')}
    ],
};`,
  ];
}

function anyName(message: Message, direction: 'from_any' | 'to_any'): string {
  return `${message.name.replace(/_+/g, '_').replace(/_$/, '')}_${direction}`;
}

function fromAny(message: Message, names: RustMessageNames): string {
  const arms = allVariants(message).map((variant, index) => {
    const name = names.variants.get(variant);
    const members = rustMembers(variant.members);
    const fields = variant.members.map(
      (member) => `${members.get(member.name)}: ${takeValue(member)}`,
    );
    const start = `        ${index} => ${names.type}::${name}`;
    if (fields.length === 0) return `${start},`;
    const line = `${start} { ${fields.join(', ')} },`;
    if (line.length <= 100) return line;
    return `${start} {\n${fields.map((field) => `            ${field},\n`).join('')}        },`;
  });
  const members = allVariants(message).flatMap((variant) => variant.members);
  const values =
    members.length === 0
      ? ''
      : `    let mut values = Values { integers: any.integers.iter(), fds: any.fds.iter() };\n`;
  return `#[allow(dead_code)]
fn ${anyName(message, 'from_any')}(any: &AnyMessage) -> Result<${names.type}${names.generic ? '<usize>' : ''}, Error> {
${values}    Ok(match any.variant {
${arms.join('\n')}
        _ => return Err(Error::InvalidType),
    })
}`;
}

function takeValue(member: Member): string {
  switch (member.kind) {
    case 'descriptor':
      return member.optional ? 'values.optional_fd()' : 'values.fd()?';
    case 'integer':
      return member.count === undefined ? 'values.integer()?' : 'values.array()?';
  }
}

function toAny(message: Message, names: RustMessageNames): string {
  const arms = allVariants(message).map((variant, index) => {
    const { pattern, variables } = rustPattern(variant);
    const value = (member: Member): string => variables.get(member.name) ?? member.name;
    const integers = integerMembers(variant).map((member) => elements(member, value(member)));
    return `        ${names.type}::${names.variants.get(variant)}${pattern} => AnyMessage {
            variant: ${index},
            integers: ${integers.length === 0 ? 'Vec::new()' : `vec![${integers.join(', ')}]`},
            fds: ${descriptorList(descriptorMembers(variant), value, false)},
        },`;
  });
  return `#[allow(dead_code)]
fn ${anyName(message, 'to_any')}(message: ${names.type}${names.generic ? '<usize>' : ''}) -> AnyMessage {
    match message {
${arms.join('\n')}
    }
}`;
}

function elements(member: IntegerMember, value: string): string {
  return member.count === undefined
    ? `vec![${value}.into()]`
    : `${value}.iter().map(|&element| element.into()).collect()`;
}

function messageInfo(message: Message, names: RustMessageNames): string {
  const encode = names.generic
    ? `Ok(${anyName(message, 'from_any')}(any)?.encode(bytes)?.into_iter().copied().collect())`
    : `${anyName(message, 'from_any')}(any)?.encode(bytes)?;\n                Ok(Vec::new())`;
  return `        MessageInfo {
            name: "${message.name}",
            size: ${names.size},
            tag: ${memberInfo(message.tag, numberFields(message.tag, message.wire.tag))},
            variants: &[
${allVariants(message)
  .map((variant) => variantInfo(message, variant))
  .join('\n')}
            ],
            encode: |any, bytes| {
                let length = bytes.len();
                let bytes = bytes.first_chunk_mut().ok_or(Error::BadSize(length))?;
                ${encode}
            },
            decode: |bytes, length, fds, policy| {
                ${names.type}::decode(bytes, length, fds, policy).map(${anyName(message, 'to_any')})
            },
        },`;
}

function variantInfo(message: Message, variant: AnyVariant): string {
  const members = variant.members.map(
    (member) =>
      `                        ${memberInfo(member, memberFields(message, variant, member))},\n`,
  );
  const list = members.length === 0 ? '&[]' : `&[\n${members.join('')}                    ]`;
  const tag = travels(variant)
    ? `Some(${BigInt.asUintN(8 * message.wire.tag.size, variant.tag)})`
    : 'None';
  return `                VariantInfo {
                    name: "${variant.name}",
                    tag: ${tag},
                    members: ${list},
                    min_fds: ${minFds(variant)},
                    max_fds: ${maxFds(variant)},
                    response: ${variant.response === undefined ? 'None' : `Some("${variant.response}")`},
                },`;
}

function memberInfo({ name }: Member, fields: readonly string[]): string {
  return `MemberInfo { ${[`name: "${name}"`, ...fields].join(', ')}, ..MemberInfo::PLAIN }`;
}

function memberFields(message: Message, variant: AnyVariant, member: Member): string[] {
  switch (member.kind) {
    case 'descriptor':
      return ['descriptor: true', ...(member.optional ? ['optional: true'] : [])];
    case 'integer':
      return numberFields(
        member,
        travels(variant) ? stepOf(planOf(message, variant), member) : undefined,
      );
  }
}

/** `step` is where the number is in a packet, if it travels. */
function numberFields(member: IntegerMember, step: TagStep | IntegerStep | undefined): string[] {
  return [
    ...(member.signed ? ['signed: true'] : []),
    ...(step?.type.endian === 'big' ? ['big_endian: true'] : []),
    ...(member.errno ? ['errno: true'] : []),
    `size: ${member.size}`,
    ...(member.count === undefined ? [] : [`count: Some(${member.count})`]),
    ...(step === undefined ? [] : [`offset: Some(${step.offset})`]),
  ];
}
