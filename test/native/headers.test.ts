/** Every number and layout of native/, against the C headers of this system. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { testIf } from '../skip.js';
import { type Fact, parts } from './headers.js';

const test = suite('native/ and the C headers');

const includes = [
  'errno.h',
  'fcntl.h',
  'poll.h',
  'signal.h',
  'stddef.h',
  'stdio.h',
  'time.h',
  'linux/falloc.h',
  'linux/kvm.h',
  'linux/magic.h',
  'sys/epoll.h',
  'sys/eventfd.h',
  'sys/file.h',
  'sys/mman.h',
  'sys/socket.h',
  'sys/stat.h',
  'sys/statfs.h',
  'sys/time.h',
  'sys/uio.h',
  'sys/un.h',
];

/** A program that prints the value of each expression on a line, or `absent` for an unknown macro. */
function program(facts: readonly Fact[]): string {
  const prints = facts.flatMap(({ expression, macro }) => {
    const print = `  printf("%lld\\n", (long long)(${expression}));`;
    if (macro === undefined) return [print];
    return [`#ifdef ${macro}`, print, '#else', '  puts("absent");', '#endif'];
  });
  return [
    '#define _GNU_SOURCE',
    ...includes.map((file) => `#include <${file}>`),
    'int main(void) {',
    ...prints,
    '}',
    '',
  ].join('\n');
}

/** One line of answer for each fact. */
function ask(facts: readonly Fact[]): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'vmwire-headers-'));
  try {
    const path = join(folder, 'headers');
    const made = spawnSync('gcc', ['-x', 'c', '-', '-o', path], {
      input: program(facts),
      encoding: 'utf8',
    });
    if (made.status !== 0) throw new Error(made.error?.message ?? made.stderr);
    return spawnSync(path, { encoding: 'utf8' }).stdout.trimEnd().split('\n');
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function headersMissing(): string | undefined {
  if (process.arch !== 'x64') return `the layouts are x86-64's, this is ${process.arch}`;
  if (spawnSync('gcc', ['--version']).status !== 0) return 'no gcc';
  try {
    ask([{ expression: '1', value: 1 }]);
    return undefined;
  } catch (error) {
    return `gcc finds no headers: ${error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error)}`;
  }
}

const missing = headersMissing();
const allFacts = parts.flatMap(({ facts }) => facts);
const answers = missing === undefined ? ask(allFacts) : [];
const answerOf = new Map(allFacts.map((fact, index) => [fact, answers[index]]));

for (const { name, facts } of parts) {
  testIf(test, missing, name, () => {
    const known = facts.filter((fact) => answerOf.get(fact) !== 'absent');
    assert.ok(known.length > 0, 'nothing was compared');
    const theirs = known.map((fact) => `${fact.expression} = ${answerOf.get(fact)}`);
    const ours = known.map(({ expression, value }) => `${expression} = ${value}`);
    assert.equal(ours, theirs);
  });
}

for (const { expression, macro } of allFacts.filter((fact) => answerOf.get(fact) === 'absent')) {
  testIf(test, `the installed headers lack ${macro}`, expression, () => {});
}

test.run();
