/** The public types of a generated codec: enums, an interface for each variant, their union, constructors. */
import type {
  InterfaceDeclarationStructure,
  StatementStructures,
  VariableStatementStructure,
} from 'ts-morph';
import { typeText, wireInteger } from '../../model/packet.js';
import type {
  DescriptorKind,
  Exchange,
  IntegerMember,
  Member,
  Message,
  Protocol,
} from '../../model/protocol.js';
import {
  allVariants,
  answerTo,
  type AnyVariant,
  carriesDescriptors,
  enumRange,
  isOptional,
  travels,
} from '../../model/queries.js';
import { camelCase } from '../../model/names.js';
import { memberKey, type MessageNames, nameOf, type Names } from './names.js';
import { comment, type Doc, docs, see } from './docs.js';
import { integerLiteral, stringLiteral } from './literals.js';
import { StructureKind, VariableDeclarationKind } from './ts-morph.js';

/** Arrays up to this length are tuples, so that the compiler counts their elements. */
export const longestTuple = 8;

/** An exported constant, after an empty line. */
export function constant(
  name: string,
  value: string,
  doc: Doc,
  type?: string,
): VariableStatementStructure {
  return {
    kind: StructureKind.VariableStatement,
    leadingTrivia: '\n',
    isExported: true,
    declarationKind: VariableDeclarationKind.Const,
    declarations: [{ name, initializer: value, ...(type === undefined ? {} : { type }) }],
    docs: docs(doc),
  };
}

/** The type of a variant, with descriptors of type `fd`. */
export function variantType(names: MessageNames, variant: AnyVariant, fd: string): string {
  const name = nameOf(names.variants, variant.name);
  return carriesDescriptors([variant]) ? `${name}<${fd}>` : name;
}

export function memberType(member: Member, fd = 'Fd'): string {
  switch (member.kind) {
    case 'descriptor':
      return fd;
    case 'integer':
      return integerType(member);
  }
}

function integerType({ size, count }: IntegerMember): string {
  const element = size === 8 ? 'bigint' : 'number';
  if (count === undefined) return element;
  if (count > longestTuple) return `readonly ${element}[]`;
  return `readonly [${Array.from({ length: count }, () => element).join(', ')}]`;
}

const genericFd = [{ name: 'Fd', constraint: 'Descriptor', default: 'Descriptor' }];

export function enumStatements(protocol: Protocol, names: Names): VariableStatementStructure[] {
  return protocol.enums.map((each) => {
    const { size } = enumRange(protocol, each);
    const values = each.values.map(
      ({ name, doc, value }) =>
        `${comment({ text: [doc] })}\n${camelCase(name)}: ${integerLiteral(value, size)},`,
    );
    return constant(nameOf(names.enums, each.name), `{\n${values.join('\n')}\n} as const`, {
      text: [each.doc, 'Other numbers are valid too: the enum is open.'],
      tags: [see(protocol, each.name)],
    });
  });
}

export function messageTypes(
  protocol: Protocol,
  message: Message,
  names: Names,
  own: MessageNames,
): StatementStructures[] {
  const all = allVariants(message);
  const generic = carriesDescriptors(all);
  return [
    ...all.map((variant) => variantInterface(protocol, message, variant, names, own)),
    {
      kind: StructureKind.TypeAlias,
      isExported: true,
      name: own.type,
      docs: docs({
        text: [
          message.doc,
          generic
            ? '`Fd` is what stands for a descriptor: borrowed ones to send, owned ones once received.'
            : 'No variant carries a descriptor, so that `Fd` makes no difference.',
        ],
        tags: [see(protocol, message.name)],
      }),
      typeParameters: genericFd.map((fd) => ({ ...fd, name: generic ? 'Fd' : '_Fd' })),
      type: all.map((variant) => variantType(own, variant, 'Fd')).join(' | '),
    },
    constructors(message, names, own),
  ];
}

function variantDoc(protocol: Protocol, message: Message, variant: AnyVariant): Doc {
  if (travels(variant)) {
    const path = `${message.name} ${variant.name} (tag ${variant.tag})`;
    return { text: [variant.doc], tags: [see(protocol, path)] };
  }
  return {
    text: [variant.doc, 'Local only: it has no tag and is never sent.'],
    tags: [see(protocol, variant.name)],
  };
}

function variantInterface(
  protocol: Protocol,
  message: Message,
  variant: AnyVariant,
  names: Names,
  own: MessageNames,
): InterfaceDeclarationStructure {
  const owner = travels(variant) ? message.name : variant.name;
  // As Kaitai writes it, for which little-endian goes without saying: `u4`, `s8be`, `u2[3]`.
  const typeOf = (member: IntegerMember): string =>
    typeText(wireInteger(message, variant, member), member, '');
  return {
    kind: StructureKind.Interface,
    isExported: true,
    name: nameOf(own.variants, variant.name),
    docs: docs(variantDoc(protocol, message, variant)),
    typeParameters: carriesDescriptors([variant]) ? genericFd : [],
    properties: [
      { name: 'type', type: stringLiteral(camelCase(variant.name)), isReadonly: true },
      ...variant.members.map((member) => {
        const optional = isOptional(member);
        return {
          name: memberKey(member.name),
          type: optional ? `${memberType(member)} | undefined` : memberType(member),
          isReadonly: true,
          hasQuestionToken: optional,
          docs: docs(memberDoc(protocol, `${owner}.${member.name}`, member, typeOf, names)),
        };
      }),
    ],
  };
}

const fileKinds: Readonly<Record<DescriptorKind, string>> = {
  shared_memory: 'shared memory',
  eventfd: 'an eventfd',
  dmabuf: 'a dmabuf',
  any: 'any file',
};

function memberDoc(
  protocol: Protocol,
  path: string,
  member: Member,
  typeOf: (member: IntegerMember) => string,
  names: Names,
): Doc {
  switch (member.kind) {
    case 'descriptor': {
      const kind = `A descriptor of ${fileKinds[member.descriptor]}.`;
      return { text: [member.doc, kind], tags: [see(protocol, path)] };
    }
    case 'integer':
      return {
        text: integerDocs(member, names),
        tags: [see(protocol, `${path} (${typeOf(member)})`)],
      };
  }
}

function integerDocs(member: IntegerMember, names: Names): string[] {
  const text = [member.doc];
  if (member.unit !== undefined) text.push(`Unit: ${member.unit}.`);
  if (member.errno) text.push('Either sign may be sent; the absolute value is what is received.');
  if (member.enum !== undefined)
    text.push(`One of {@link ${nameOf(names.enums, member.enum.name)}}, or another number.`);
  return text;
}

function constructors(
  message: Message,
  names: Names,
  own: MessageNames,
): VariableStatementStructure {
  const methods = allVariants(message).map((variant) => {
    const fd = carriesDescriptors([variant]) ? '<Fd extends Descriptor>' : '';
    const parameters = variant.members.map((member, index) => {
      const name = names.variable(memberKey(member.name));
      if (!isOptional(member)) return `${name}: ${memberType(member)}`;
      return variant.members.slice(index).every(isOptional)
        ? `${name}?: ${memberType(member)}`
        : `${name}: ${memberType(member)} | undefined`;
    });
    const properties = variant.members.map((member) => {
      const key = memberKey(member.name);
      const variable = names.variable(key);
      return key === variable ? key : `${key}: ${variable}`;
    });
    return `${comment({ text: [variant.doc] })}
${camelCase(variant.name)}${fd}(${parameters.join(', ')}): ${variantType(own, variant, 'Fd')} {
  return { type: ${[stringLiteral(camelCase(variant.name)), ...properties].join(', ')} };
},`;
  });
  return constant(own.constructors, `{\n${methods.join('\n\n')}\n}`, {
    text: [`Makes a ${message.name}: one function for each variant.`],
  });
}

/** What a caller gets for each request. */
export function responseByRequest(
  { request, response }: Exchange,
  names: Names,
): InterfaceDeclarationStructure {
  const own = nameOf(names.messages, response.name);
  const all = allVariants(request);
  const answers = all.map((variant) => answerTo({ response }, variant));
  const generic = answers.some((answer) =>
    carriesDescriptors(answer ? [answer] : response.variants),
  );
  return {
    kind: StructureKind.Interface,
    isExported: true,
    name: names.byRequest,
    docs: docs({
      text: [
        `The ${response.name} that answers each ${request.name} if it succeeds, by the request's \`type\`.`,
      ],
    }),
    typeParameters: generic ? genericFd : [],
    properties: all.map((variant, index) => {
      const answer = answers[index];
      return {
        name: camelCase(variant.name),
        type: answer ? variantType(own, answer, 'Fd') : `${own.type}${generic ? '<Fd>' : ''}`,
        isReadonly: true,
      };
    }),
  };
}
