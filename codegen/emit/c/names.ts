/** What things of the schema are called in generated C. */
import { screamingCase } from '../../model/names.js';
import type { Step } from '../../model/packet.js';
import type { EnumValue, Member, Message, Protocol } from '../../model/protocol.js';
import { fieldNames, structMembers } from '../wire-struct.js';
import { Scope } from '../../model/scope.js';
import { type AnyVariant, allVariants } from '../../model/queries.js';

/** Keywords of C and C++, types that headers need, and macros that systems and compilers define. */
const reserved = `
  alignas alignof and and_eq asm auto bitand bitor bool break case catch char class compl concept
  const consteval constexpr constinit const_cast continue co_await co_return co_yield decltype
  default delete do double dynamic_cast else enum explicit export extern false float for friend
  goto if inline int long mutable namespace new noexcept not not_eq nullptr operator or or_eq
  private protected public register reinterpret_cast requires restrict return short signed sizeof
  static static_assert static_cast struct switch template this thread_local throw true try typedef
  typeid typename typeof typeof_unqual union unsigned using virtual void volatile wchar_t while
  xor xor_eq
  int8_t int16_t int32_t int64_t uint8_t uint16_t uint32_t uint64_t
  assert complex environ errno h_errno i386 imaginary linux major makedev minor noreturn offsetof
  setjmp sigmask signals st_atime st_ctime st_mtime stderr stdin stdout unix va_arg va_copy va_end
  va_start EOF NULL
`
  .trim()
  .split(/\s+/);

/** What the headers of all bindings declare, in case that a protocol is called vmwire. */
const shared = ['error', 'policy', 'member', 'variant', 'message', 'protocol'];
const sharedMacros = `
  OK INVALID_TYPE BAD_SIZE EXPECT_FD UNEXPECTED_FD FIELD_VALUE STRICT CROSVM2018 BINDINGS_1
`
  .trim()
  .split(/\s+/);

/** Macros of stdint.h that an enum of three words could define anew. */
const standardMacros = [
  ...['8', '16', '32', '64'].flatMap((bits) =>
    ['LEAST', 'FAST'].flatMap((kind) => [
      `INT_${kind}${bits}_MIN`,
      `INT_${kind}${bits}_MAX`,
      `UINT_${kind}${bits}_MAX`,
    ]),
  ),
  'SIG_ATOMIC_MIN',
  'SIG_ATOMIC_MAX',
];

/** What the source file keeps to itself for one message. */
export const ownNames = {
  members: (message: Message, variant: AnyVariant): string =>
    `members_of_${message.name}__${variant.name}`,
  variants: (message: Message): string => `variants_of_${message.name}`,
  encode: (message: Message): string => `encode_any_${message.name}`,
  decode: (message: Message): string => `decode_any_${message.name}`,
};

/** The C names of one message. */
export interface CMessageNames {
  /** `vm_control_vm_request` */
  readonly struct: string;
  /** The struct with the layout of the wire. */
  readonly wire: string;
  /** The enum that tells the variants apart. */
  readonly variant: string;
  /** The members of the wire's struct, by their names in the schema. */
  readonly wireMembers: ReadonlyMap<string, string>;
  readonly wireFields: ReadonlyMap<Step, string>;
  readonly encode: string;
  readonly decode: string;
  /** `VM_CONTROL_VM_REQUEST_SIZE` */
  readonly size: string;
  /** The member of the message's union, and the enumerator. */
  readonly variants: ReadonlyMap<AnyVariant, { readonly member: string; readonly value: string }>;
}

export interface CNames {
  /** Begins everything that the header declares, so that several bindings fit into one program. */
  readonly prefix: string;
  readonly macroPrefix: string;
  readonly messages: ReadonlyMap<Message, CMessageNames>;
  /** `VM_CONTROL_ADDRESS_SPACE_PIO` */
  readonly enumValues: ReadonlyMap<EnumValue, string>;
}

export function cNames(protocol: Protocol): CNames {
  const prefix = protocol.name;
  const macroPrefix = screamingCase(protocol.name);
  const ordinary = new Scope([
    `${prefix}_protocol`,
    ...shared.map((name) => `vmwire_${name}`),
    ...protocol.messages.flatMap((message) => [
      ownNames.variants(message),
      ownNames.encode(message),
      ownNames.decode(message),
      ...allVariants(message).map((variant) => ownNames.members(message, variant)),
    ]),
  ]);
  const macros = new Scope([
    `${macroPrefix}_H`,
    `${macroPrefix}_MAX_FDS`,
    ...sharedMacros.map((name) => `VMWIRE_${name}`),
    ...standardMacros,
  ]);
  const messages = protocol.messages.map((message): [Message, CMessageNames] => {
    const start = `${macroPrefix}_${screamingCase(message.name)}`;
    const members = new Scope([...reserved, 'variant']);
    const wireMembers = cMembers(structMembers(message));
    return [
      message,
      {
        struct: ordinary.claim(`${prefix}_${message.name}`),
        wire: ordinary.claim(`${prefix}_${message.name}_wire`),
        variant: ordinary.claim(`${prefix}_${message.name}_variant`),
        wireMembers,
        wireFields: fieldNames(message.wire.struct, wireMembers),
        encode: ordinary.claim(`${prefix}_${message.name}_encode`),
        decode: ordinary.claim(`${prefix}_${message.name}_decode`),
        size: macros.claim(`${start}_SIZE`),
        variants: new Map(
          allVariants(message).map((variant) => [
            variant,
            {
              member: members.claim(variant.name),
              value: macros.claim(`${start}_${screamingCase(variant.name)}`),
            },
          ]),
        ),
      },
    ];
  });
  const enumValues = protocol.enums.flatMap((each) =>
    each.values.map((value): [EnumValue, string] => [
      value,
      macros.claim(`${macroPrefix}_${screamingCase(each.name)}_${screamingCase(value.name)}`),
    ]),
  );
  return { prefix, macroPrefix, messages: new Map(messages), enumValues: new Map(enumValues) };
}

/** The names of members in one struct, by their names in the schema. */
export function cMembers(members: readonly Member[]): ReadonlyMap<string, string> {
  const scope = new Scope(reserved);
  return new Map(members.map(({ name }) => [name, scope.claim(name)]));
}

/** The prototype without its semicolon. */
export function encodePrototype(names: CMessageNames): string {
  return `enum vmwire_error ${names.encode}(
    const struct ${names.struct} *message, uint8_t *bytes, int *fds, size_t *fd_count)`;
}

/** The prototype without its semicolon. */
export function decodePrototype(names: CMessageNames): string {
  return `enum vmwire_error ${names.decode}(
    struct ${names.struct} *message, const uint8_t *bytes, size_t length, int *fds,
    size_t *fd_count, enum vmwire_policy policy)`;
}
