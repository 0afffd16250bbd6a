/** Where the struct format puts the fields of a message: one after the other, as they are written. */
import type { Reporter } from '../report/diagnostics.js';
import type { IntegerMember, Member, StructField, StructLayout } from '../model/protocol.js';
import { byteCount } from '../model/queries.js';
import { maxStructSize } from './integers.js';
import type { MessageRole, RawType } from './types.js';

function bytes(count: bigint | number): string {
  return count === 1 || count === 1n ? '1 byte' : `${count} bytes`;
}

function checkSize(type: RawType<MessageRole>, sum: number, report: Reporter): void {
  const { value: size, location } = type.role.size;
  if (size < 1n || size > BigInt(maxStructSize)) {
    const message = `a struct of ${bytes(size)}`;
    report.error('VW039', location, message, `a packet has 1 to ${maxStructSize} bytes`);
    return;
  }
  if (!type.complete || BigInt(sum) === size) return;
  const message = `the fields of \`${type.name}\` take ${bytes(sum)}, not ${size}`;
  const missing = size - BigInt(sum);
  const hint =
    missing > 0n
      ? `nothing covers the last ${bytes(missing)}: add padding (\`size: ${missing}\` without an \`id\`), or say \`size: ${sum}\``
      : `say \`size: ${sum}\`, or remove ${bytes(-missing)}`;
  report.error('VW042', location, message, hint);
}

/** `members` are the message's members as they stand in its variants; the tag is not among them. */
export function layOut(
  type: RawType<MessageRole>,
  members: ReadonlyMap<string, Member>,
  report: Reporter,
): StructLayout {
  const fields: StructField[] = [];
  let offset = 0;
  for (const field of type.fields) {
    if (field.kind === 'descriptor') continue;
    if (field.kind === 'padding') {
      const { size, location } = field;
      fields.push({ kind: 'padding', offset, size, location });
      offset += size;
      continue;
    }
    const found = members.get(field.member.name);
    const member: IntegerMember = found?.kind === 'integer' ? found : field.member;
    const size = byteCount(member);
    fields.push({ kind: 'member', member, offset, size });
    offset += size;
  }
  checkSize(type, offset, report);
  return { kind: 'struct', size: offset, fields };
}
