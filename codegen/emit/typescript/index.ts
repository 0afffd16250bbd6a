/** Emits the codec of a protocol in TypeScript: `<protocol>.ts`. */
import type {
  ClassDeclarationStructure,
  FunctionDeclarationStructure,
  StatementStructures,
  VariableStatementStructure,
} from 'ts-morph';
import { integerSteps } from '../../model/packet.js';
import type { Message, Protocol } from '../../model/protocol.js';
import type { Emitter } from '../emitter.js';
import { decoder } from './decode.js';
import { messageCodec, protocolDescription } from './description.js';
import { encoder } from './encode.js';
import { formatTypeScript } from './file.js';
import { Imports } from './imports.js';
import { memberKey, type MessageNames, nameOf, type Names, typescriptNames } from './names.js';
import { stringLiteral } from './literals.js';
import { constant, enumStatements, messageTypes, responseByRequest } from './types.js';
import { docs, see } from './docs.js';
import { StructureKind } from './ts-morph.js';

export const emitTypeScript: Emitter = async (protocol) => {
  const names = typescriptNames(protocol);
  const imports = new Imports();
  const statements: StatementStructures[] = [
    errorClass(protocol, names, imports),
    ...enumStatements(protocol, names),
    ...protocol.messages.flatMap((message) => messageStatements(protocol, message, names, imports)),
    ...(protocol.exchange ? [responseByRequest(protocol.exchange, names)] : []),
    protocolDescription(protocol, names, imports),
  ];
  const text = await formatTypeScript({
    header: `The codec of ${protocol.name}${protocol.title === '' ? '' : `: ${docLine(protocol.title)}`}.`,
    schema: protocol.name,
    imports: [imports.declaration()],
    statements,
  });
  return [{ path: `${protocol.name}.ts`, text }];
};

/** On one line, without control characters. */
function docLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ');
}

function errorClass(protocol: Protocol, names: Names, imports: Imports): ClassDeclarationStructure {
  return {
    kind: StructureKind.Class,
    isExported: true,
    name: names.error,
    extends: imports.use('ProtocolError'),
    docs: docs({
      text: [`A message of ${protocol.name} could not be sent, received or understood.`],
    }),
    properties: [
      {
        name: 'name',
        initializer: stringLiteral(names.error),
        hasOverrideKeyword: true,
        isReadonly: true,
      },
    ],
  };
}

function messageStatements(
  protocol: Protocol,
  message: Message,
  names: Names,
  imports: Imports,
): StatementStructures[] {
  const own = nameOf(names.messages, message.name);
  return [
    ...messageTypes(protocol, message, names, own),
    constant(own.size, String(message.wire.size), { text: [`Bytes of a ${message.name}.`] }),
    offsets(protocol, message, own),
    encoder(message, names, own, imports),
    decoder(message, names, own, imports),
    formatter(message, own, imports),
    messageCodec(message, own, imports),
  ];
}

function offsets(
  protocol: Protocol,
  message: Message,
  own: MessageNames,
): VariableStatementStructure {
  const { tag, struct } = message.wire;
  const entries = [
    `type: ${tag.offset}`,
    ...integerSteps(struct).map(({ member, offset }) => `${memberKey(member.name)}: ${offset}`),
  ];
  return constant(own.offsets, `{ ${entries.join(', ')} } as const`, {
    text: [`Where each member of a ${message.name} is: bytes from its start.`],
    tags: [see(protocol, message.name)],
  });
}

function formatter(
  message: Message,
  own: MessageNames,
  imports: Imports,
): FunctionDeclarationStructure {
  return {
    kind: StructureKind.Function,
    isExported: true,
    name: own.format,
    docs: docs({ text: [`A ${message.name} for people, on one line.`] }),
    parameters: [{ name: 'message', type: own.type }],
    returnType: 'string',
    statements: [
      `return ${imports.use('formatMessage')}(${own.codec}.description, { ...message });`,
    ],
  };
}
