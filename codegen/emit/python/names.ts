/** What things of the schema are called in generated Python. */
import { pascalCase, screamingCase } from '../../model/names.js';
import type { EnumType, Member, Message, Protocol } from '../../model/protocol.js';
import { Scope } from '../../model/scope.js';
import { allVariants, type AnyVariant } from '../../model/queries.js';

/** Keywords, and what a dataclass or a module can't do without. */
const reserved = `
  False None True and as assert async await break class continue def del elif else except finally for
  from global if import in is lambda nonlocal not or pass raise return try while with yield self
`
  .trim()
  .split(/\s+/);

const ownNames = `
  Any Callable FieldValueError List MAX_FDS MemberInfo MessageInfo Optional PROTOCOL Policy
  ProtocolError ProtocolInfo Tuple Union VariantInfo bool bytearray bytes dataclass dataclasses
  int isinstance len list object range str super tuple ValueError Exception
`
  .trim()
  .split(/\s+/);

export interface PythonMessageNames {
  /** `VmRequest`: the union of its variants. */
  readonly type: string;
  /** `VM_REQUEST_SIZE` */
  readonly size: string;
  readonly encode: string;
  readonly decode: string;
  readonly variants: ReadonlyMap<AnyVariant, string>;
}

export interface PythonNames {
  readonly messages: ReadonlyMap<Message, PythonMessageNames>;
  /** The class of each open enum. */
  readonly enums: ReadonlyMap<EnumType, string>;
}

export function pythonNames(protocol: Protocol): PythonNames {
  const scope = new Scope([...reserved, ...ownNames]);
  return {
    messages: new Map(
      protocol.messages.map((message) => [
        message,
        {
          type: scope.claim(pascalCase(message.name)),
          size: scope.claim(`${screamingCase(message.name)}_SIZE`),
          encode: scope.claim(`encode_${message.name}`),
          decode: scope.claim(`decode_${message.name}`),
          variants: new Map(
            allVariants(message).map((variant) => [
              variant,
              scope.claim(pascalCase(message.name) + pascalCase(variant.name)),
            ]),
          ),
        },
      ]),
    ),
    enums: new Map(protocol.enums.map((each) => [each, scope.claim(pascalCase(each.name))])),
  };
}

/** The names of members in one class, by their names in the schema. */
export function pythonMembers(members: readonly Member[]): ReadonlyMap<string, string> {
  const scope = new Scope(reserved);
  return new Map(members.map(({ name }) => [name, scope.claim(name)]));
}
