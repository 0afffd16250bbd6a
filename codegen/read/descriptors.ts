/** Fields that are descriptors: no bytes, a kind, perhaps optional. */
import type { Reporter } from '../report/diagnostics.js';
import type { DescriptorKind, DescriptorMember } from '../model/protocol.js';
import type { Keys } from './keys.js';
import type { Text } from './values.js';

export interface RawDescriptor {
  readonly kind: 'descriptor';
  readonly member: DescriptorMember;
}

const kinds: readonly DescriptorKind[] = ['shared_memory', 'eventfd', 'dmabuf', 'any'];

export function readDescriptor(
  id: Text,
  keys: Keys,
  vendor: Keys,
  report: Reporter,
): RawDescriptor | undefined {
  const size = keys.literal('size');
  if (keys.has('size') ? size && size.value !== 0n : !keys.has('type')) {
    const message = `the descriptor \`${id.text}\` takes no bytes of the packet`;
    report.error('VW037', size?.location ?? id.location, message, 'write `size: 0`');
  }
  for (const key of ['type', 'enum', 'repeat', 'repeat-expr', 'repeat-until']) {
    if (!keys.has(key)) continue;
    const message = `\`${key}\` does not go with a descriptor`;
    const hint = 'a number and a descriptor are two fields; several descriptors are several fields';
    report.error('VW037', keys.locate(key), message, hint);
  }
  for (const key of ['unit', 'errno']) {
    if (!vendor.has(key)) continue;
    const message = `\`${key}\` belongs to a number, and this is a descriptor`;
    report.error('VW037', vendor.locate(key), message, `remove \`${key}\` or \`fd\``);
  }
  const descriptor = vendor.choice('fd', kinds);
  const optional = vendor.flag('optional') ?? false;
  const doc = keys.doc();
  const { text: name, location } = id;
  return (
    descriptor && {
      kind: 'descriptor',
      member: { kind: 'descriptor', name, doc, location, descriptor, optional },
    }
  );
}
