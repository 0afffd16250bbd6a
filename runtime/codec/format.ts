/** Prints messages of any protocol for people, one line each, as WAYLAND_DEBUG does. */
import type { IntegerMember, Member, MessageDescription } from './description.js';
import { quoted } from './quoted.js';

/** What the printer may be told. */
export interface FormatOptions {
  /** The name of an errno (`EINVAL`), or undefined if it has none. Without it, errnos are bare numbers. */
  readonly errnoName?: (errno: number) => string | undefined;
}

/**
 * Prints a message on one line. Never throws, whatever the message holds: a descriptor that is
 * closed already, a value of the wrong type, and a member that can't be read are printed as such.
 *
 * @example
 * formatMessage(vmRequestCodec.description, vmRequest.registerMemory({ fd: 5 }, 4096n));
 * // 'vm_request.register_memory(memory: fd 5, size: 4096 bytes)'
 */
export function formatMessage(
  description: MessageDescription,
  message: { readonly type: string },
  options: FormatOptions = {},
): string {
  const type = readOr('(unreadable)', () => message.type);
  const variant = description.variants.find(({ key }) => key === type);
  if (variant === undefined) return `${description.name}.(unknown variant ${plain(type)})`;
  const members = variant.members.map((member) => {
    const value = readOr('(unreadable)', () =>
      formatMember(member, Reflect.get(message, member.key), options),
    );
    return `${member.name}: ${value}`;
  });
  return `${description.name}.${variant.name}(${members.join(', ')})`;
}

function formatMember(member: Member, value: unknown, options: FormatOptions): string {
  if (member.kind === 'descriptor') return formatDescriptor(value);
  const numbers = Array.isArray(value)
    ? `[${value.map((each) => formatInteger(member, each, options)).join(', ')}]`
    : formatInteger(member, value, options);
  return member.unit === undefined ? numbers : `${numbers} ${member.unit}`;
}

function formatInteger(member: IntegerMember, value: unknown, options: FormatOptions): string {
  if (typeof value !== 'number' && typeof value !== 'bigint') return plain(value);
  const name =
    member.errno && typeof value === 'number'
      ? options.errnoName?.(Math.abs(value))
      : member.values?.find((each) => each.value === value)?.name;
  return name === undefined ? String(value) : `${name} (${value})`;
}

function formatDescriptor(value: unknown): string {
  if (value === undefined) return 'none';
  if (typeof value !== 'object' || value === null || !('fd' in value)) return plain(value);
  return readOr('closed', () => `fd ${plain(value.fd)}`);
}

/** A getter or a proxy may throw anything. */
function readOr<T>(otherwise: T, read: () => T): T {
  try {
    return read();
  } catch {
    return otherwise;
  }
}

/** Whatever it is, on one line and without control characters. */
function plain(value: unknown): string {
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  if (typeof value === 'string') return quoted(value);
  return `(${value === null ? 'null' : typeof value})`;
}
