/** The constants of each language's bindings are the schema's numbers, the least and the greatest too. */
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { readProtocolText } from '../../codegen/read/index.js';
import { c, type Language, python, rust, writeBindings } from '../conformance/languages.js';
import { testIf } from '../skip.js';

const numbers = {
  narrow: [-128n, -1n, 0n, 127n],
  wide: [-(2n ** 63n), -(2n ** 31n) - 1n, 2n ** 31n, 2n ** 63n - 1n],
  unsigned: [0n, 2n ** 31n - 1n, 2n ** 31n, 2n ** 63n - 1n],
};
const entries = Object.entries(numbers);

const schema = `meta: { id: demo, endian: le }
-vmwire: { format: struct, transport: seqpacket, max_fds: 7 }
types:
  order:
    -vmwire: { tag: kind, size: 18 }
    seq:
      - { id: kind, type: u1, enum: order_kind }
      - { id: a, type: s1, enum: narrow }
      - { id: b, type: s8, enum: wide }
      - { id: c, type: u8, enum: unsigned }
enums:
  order_kind:
    1: { id: only, -vmwire: { fields: [a, b, c] } }
${entries
  .map(
    ([name, values]) =>
      `  ${name}:\n${values.map((value, index) => `    ${value}: { id: value_${index} }\n`).join('')}`,
  )
  .join('')}`;

/** What each program prints: the size, the most descriptors, then every value. */
const expected = ['18', '7', ...entries.flatMap(([, values]) => values.map(String))];

/** One expression for each of them. */
function expressions(size: string, max: string, value: (name: string, at: number) => string) {
  return [
    size,
    max,
    ...entries.flatMap(([name, values]) => values.map((_, at) => value(name, at))),
  ];
}

interface Program {
  readonly language: Language;
  readonly file: string;
  readonly text: string;
  /** Commands that compile it, and run it. */
  readonly commands: readonly (readonly [string, ...string[]])[];
}

const programs: readonly Program[] = [
  {
    language: c,
    file: 'main.c',
    text: `#include <stdio.h>
#include "demo.h"
#define PRINT(value) printf((value) < 0 ? "%jd\\n" : "%ju\\n", (intmax_t)(value))
int main(void) {
${expressions(
  'DEMO_ORDER_SIZE',
  'DEMO_MAX_FDS',
  (name, at) => `DEMO_${name.toUpperCase()}_VALUE_${at}`,
)
  .map((value) => `  PRINT(${value});\n`)
  .join('')}}
`,
    commands: [['gcc', '-std=c11', '-Wall', 'main.c', '-o', 'main'], ['./main']],
  },
  {
    language: rust,
    file: 'main.rs',
    text: `mod demo;
fn main() {
${expressions('demo::ORDER_SIZE', 'demo::MAX_FDS', (name, at) => `demo::${name}::VALUE_${at}`)
  .map((value) => `    println!("{}", ${value});\n`)
  .join('')}}
`,
    commands: [['rustc', '--edition', '2021', '-D', 'warnings', 'main.rs'], ['./main']],
  },
  {
    language: python,
    file: 'main.py',
    text: `import demo
${expressions(
  'demo.ORDER_SIZE',
  'demo.MAX_FDS',
  (name, at) => `demo.${name.replace(/^./, (first) => first.toUpperCase())}.VALUE_${at}`,
)
  .map((value) => `print(${value})\n`)
  .join('')}`,
    commands: [['python3', '-B', 'main.py']],
  },
];

for (const { language, file, text, commands } of programs) {
  testIf(test, language.missing, language.name, async () => {
    const { protocol } = readProtocolText(schema, 'demo.ksy');
    assert.ok(protocol);
    const cwd = await mkdtemp(join(tmpdir(), 'vmwire-constants-'));
    try {
      await writeBindings(language, protocol, cwd);
      await writeFile(join(cwd, file), text);
      const printed = commands.map(([command, ...args]) =>
        execFileSync(command, args, { cwd, encoding: 'utf8' }),
      );
      assert.equal(printed.join('').trim().split('\n'), expected);
    } finally {
      await rm(cwd, { recursive: true });
    }
  });
}

test.run();
