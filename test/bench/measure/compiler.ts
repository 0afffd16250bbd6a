/** The compiler against loading the packages that it works with, and against the size of the schema. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root, subjectFile, temporary, wholeProcess } from '../contender.js';
import type { Measurement } from '../measurement.js';
import { type Target, atMost } from '../target.js';

const compiler = [process.execPath, join(root, 'dist/codegen/cli/main.js')];
const loading = 'ts-morph and ksc';

function command(name: string, ...args: readonly string[]): Measurement {
  return {
    name: `compiler-${name}`,
    title: `vmwire-codegen ${name} of vm_control, against loading ts-morph and kaitai-struct-compiler`,
    count: 1,
    targets: [atMost(2, loading)],
    prepare: async () => ({
      contenders: [
        wholeProcess('vmwire-codegen', [...compiler, name, ...args]),
        wholeProcess(loading, [process.execPath, subjectFile('import-compilers')]),
      ],
      missing: [],
    }),
  };
}

/** A schema of a message that has so many variants with one member each. */
function schemaOf(variants: number): string {
  const names = Array.from({ length: variants }, (_, index) => `variant_${index}`);
  return `meta: { id: many_${variants}, endian: le }
-vmwire: { format: struct, transport: seqpacket, max_fds: 0 }
types:
  message:
    -vmwire: { tag: type, size: 8 }
    seq:
      - { id: type, type: u4, enum: message_type }
      - { id: value, type: u4 }
enums:
  message_type:
${names.map((name, index) => `    ${index + 1}: { id: ${name}, -vmwire: { fields: [value] } }`).join('\n')}
`;
}

function generating(variants: number): readonly string[] {
  const schema = temporary(`many_${variants}.ksy`);
  writeFileSync(schema, schemaOf(variants));
  return [...compiler, 'generate', schema, '--out', temporary(`generated-${variants}`)];
}

/** Linear with a constant part: ten times as many never take more than ten times as long. */
function growth(variants: number, mostRounds: number, targets: readonly Target[]): Measurement {
  const fewer = variants / 10;
  return {
    name: `compiler-${variants}-variants`,
    title: `vmwire-codegen generate with ${variants} variants, against ${fewer}`,
    count: 1,
    mostRounds,
    targets,
    prepare: async () => ({
      contenders: [
        wholeProcess(`${variants} variants`, generating(variants)),
        wholeProcess(`${fewer} variants`, generating(fewer)),
      ],
      missing: [],
    }),
  };
}

export const compilerMeasurements: readonly Measurement[] = [
  command('generate', 'schema/vm_control.ksy', '--out', temporary('generated')),
  command('check', 'schema/vm_control.ksy'),
  growth(100, 3, [atMost(10, '10 variants')]),
  growth(1000, 1, [atMost(10, '100 variants')]),
];
