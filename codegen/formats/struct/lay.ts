/** Where the fields of a message lie: one after the other, as they are written. */
import {
  type IntegerStep,
  maxPacketSize,
  type Plan,
  type Step,
  type TagStep,
  type Wire,
  type ZerosStep,
} from '../../model/packet.js';
import type { Variant } from '../../model/protocol.js';
import { byteCount } from '../../model/queries.js';
import type { Reporter } from '../../report/diagnostics.js';
import type { Draft, Field } from '../format.js';

function bytes(count: bigint | number): string {
  return count === 1 || count === 1n ? '1 byte' : `${count} bytes`;
}

function checkSize(draft: Draft, sum: number, report: Reporter): void {
  const { value: size, location } = draft.size;
  if (size < 1n || size > BigInt(maxPacketSize)) {
    const message = `a struct of ${bytes(size)}`;
    report.error('VW039', location, message, `a packet has 1 to ${maxPacketSize} bytes`);
    return;
  }
  if (!draft.complete || BigInt(sum) === size) return;
  const message = `the fields of \`${draft.name}\` take ${bytes(sum)}, not ${size}`;
  const missing = size - BigInt(sum);
  const hint =
    missing > 0n
      ? `nothing covers the last ${bytes(missing)}: add padding (\`size: ${missing}\` without an \`id\`), or say \`size: ${sum}\``
      : `say \`size: ${sum}\`, or remove ${bytes(-missing)}`;
  report.error('VW042', location, message, hint);
}

function stepAt(offset: number, field: Field, { tag }: Draft): Step {
  switch (field.kind) {
    case 'padding': {
      const { size, location } = field;
      return { kind: 'zeros', offset, size, covers: ['padding'], location };
    }
    case 'integer': {
      const { member, endian } = field;
      const type = { size: member.size, signed: member.signed, endian };
      const kind = member === tag ? 'tag' : 'integer';
      return { kind, offset, size: byteCount(member), member, type };
    }
  }
}

/** What a variant makes of the struct: its own members stay, and all others are zeros. */
function planFor({ members }: Variant, struct: Plan): Plan {
  const used = new Set(members.map(({ name }) => name));
  const plan: Step[] = [];
  for (const step of struct) {
    const own = step.kind === 'integer' && !used.has(step.member.name) ? unused(step) : step;
    const last = plan.at(-1);
    if (own.kind === 'zeros' && last?.kind === 'zeros') plan.splice(-1, 1, joined(last, own));
    else plan.push(own);
  }
  return plan;
}

function unused({ offset, size, member }: IntegerStep): ZerosStep {
  return { kind: 'zeros', offset, size, covers: [member.name], location: member.location };
}

function joined(first: ZerosStep, second: ZerosStep): ZerosStep {
  return {
    ...first,
    size: first.size + second.size,
    covers: [...first.covers, ...second.covers],
  };
}

export function layStruct(draft: Draft, report: Reporter): Wire {
  const struct: Step[] = [];
  let size = 0;
  for (const field of draft.fields) {
    const step = stepAt(size, field, draft);
    struct.push(step);
    size += step.size;
  }
  checkSize(draft, size, report);
  const tag = struct.find((step): step is TagStep => step.kind === 'tag');
  if (tag === undefined) throw new Error(`the tag of ${draft.name} is not among its fields`);
  const plans = new Map(draft.variants.map((variant) => [variant.name, planFor(variant, struct)]));
  return { kind: 'bytes', size, tag, plans, struct };
}
