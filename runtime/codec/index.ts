/** The contract between generated codecs and whoever runs them. No dependencies; runs in a browser. */
export {
  checkArray,
  checkDescriptor,
  checkErrno,
  checkS1,
  checkS2,
  checkS4,
  checkS8,
  checkU1,
  checkU2,
  checkU4,
  checkU8,
  errnoToWire,
  writeZeros,
} from './check.js';
export { type FormatOptions, formatMessage } from './format.js';
export { type Descriptor, noDescriptors } from './descriptor.js';
export type { Policy } from './policy.js';
export { readU8 } from './read.js';
export {
  FieldValueError,
  ProtocolError,
  type ProtocolErrorCode,
  protocolErrorCodes,
  type ProtocolErrorDetails,
  type ProtocolErrorKind,
} from './error.js';
export {
  type AnyMessage,
  contractVersion,
  type DescriptorKind,
  type DescriptorMember,
  type EnumValue,
  type IntegerMember,
  type Member,
  type MemberValue,
  type MessageCodec,
  type MessageDescription,
  type Named,
  type ProtocolDescription,
  type Variant,
} from './description.js';
