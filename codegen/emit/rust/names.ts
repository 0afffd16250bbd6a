/** What things of the schema are called in generated Rust. */
import { pascalCase, screamingCase } from '../../model/names.js';
import type { Step } from '../../model/packet.js';
import type { EnumType, Member, Message, Protocol } from '../../model/protocol.js';
import { fieldNames, structMembers } from '../wire-struct.js';
import { Scope } from '../../model/scope.js';
import { allVariants, type AnyVariant, carriesDescriptors } from '../../model/queries.js';

const reserved = `
  abstract as async await become box break const continue crate do dyn else enum extern false final
  fn for gen if impl in let loop macro match mod move mut override priv pub ref return self Self
  static struct super trait true try type typeof unsafe unsized use virtual where while yield
`
  .trim()
  .split(/\s+/);

/** Types that the generated code names without a path. */
const ownTypes = `
  AnyMessage DecodeAny EncodeAny Error F MemberInfo MessageInfo Policy ProtocolInfo VariantInfo Values
  Err From Iterator None Ok Option Result Some String ToString TryFrom Vec
`
  .trim()
  .split(/\s+/);

/** Types without a path, which a module of the same name would hide. */
const primitiveTypes = `
  bool char f32 f64 i8 i16 i32 i64 i128 isize str u8 u16 u32 u64 u128 usize
`
  .trim()
  .split(/\s+/);

const ownConstants = ['MAX_FDS', 'PROTOCOL'];

/** Variables of the functions that name a variant's members, and the functions that these call. */
const ownVariables = `
  any bytes element errno_to_wire fds i kept length policy put values
`
  .trim()
  .split(/\s+/);

export interface RustMessageNames {
  /** `VmRequest`, and with its parameter where it has descriptors: `VmRequest<F>`. */
  readonly type: string;
  readonly generic: boolean;
  /** The struct with the layout of the wire. */
  readonly wire: string;
  readonly wireMembers: ReadonlyMap<string, string>;
  readonly wireFields: ReadonlyMap<Step, string>;
  /** `VM_REQUEST_SIZE` */
  readonly size: string;
  readonly variants: ReadonlyMap<AnyVariant, string>;
}

export interface RustNames {
  readonly messages: ReadonlyMap<Message, RustMessageNames>;
  /** The module of each open enum. */
  readonly enums: ReadonlyMap<EnumType, string>;
}

export function rustNames(protocol: Protocol): RustNames {
  const types = new Scope([...reserved, ...ownTypes]);
  const constants = new Scope(ownConstants);
  const modules = new Scope([...reserved, ...primitiveTypes, 'std', 'core', 'alloc']);
  return {
    messages: new Map(
      protocol.messages.map((message) => {
        const variants = new Scope(['Self']);
        const wireMembers = rustMembers(structMembers(message));
        return [
          message,
          {
            type: types.claim(pascalCase(message.name)),
            generic: carriesDescriptors(allVariants(message)),
            wire: types.claim(`${pascalCase(message.name)}Wire`),
            wireMembers,
            wireFields: fieldNames(message.wire.struct, wireMembers),
            size: constants.claim(`${screamingCase(message.name)}_SIZE`),
            variants: new Map(
              allVariants(message).map((variant) => [
                variant,
                variants.claim(pascalCase(variant.name)),
              ]),
            ),
          },
        ];
      }),
    ),
    enums: new Map(protocol.enums.map((each) => [each, modules.claim(snake(each.name))])),
  };
}

/** The names of members in one struct, by their names in the schema. */
export function rustMembers(members: readonly Member[]): ReadonlyMap<string, string> {
  const scope = new Scope(reserved);
  return new Map(members.map(({ name }) => [name, scope.claim(snake(name))]));
}

/** A variant's members with the variables that hold them, as a pattern: `{ memory, size: size_ }`. */
export function rustPattern(
  variant: AnyVariant,
  bind: (member: Member) => boolean = () => true,
): { readonly pattern: string; readonly variables: ReadonlyMap<string, string> } {
  const members = rustMembers(variant.members);
  const scope = new Scope([...reserved, ...ownVariables]);
  const variables = new Map<string, string>();
  const bound = variant.members.filter(bind).map((member) => {
    const name = members.get(member.name) ?? member.name;
    const variable = scope.claim(name);
    variables.set(member.name, variable);
    return variable === name ? name : `${name}: ${variable}`;
  });
  const rest = bound.length < variant.members.length ? [...bound, '..'] : bound;
  return { pattern: rest.length === 0 ? '' : ` { ${rest.join(', ')} }`, variables };
}

/** Rust warns of two underscores side by side. */
function snake(name: string): string {
  return name.replace(/_+/g, '_');
}
