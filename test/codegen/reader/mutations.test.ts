/**
 * Mutated schemas give a diagnostic or a protocol that holds together: never an exception. From each
 * fiftieth of those that pass, everything is generated.
 *
 * `VMWIRE_MUTATIONS=100000 VMWIRE_SEED=7 node dist/test/run.js mutations` does more of them.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import ts from 'typescript-6';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { codes } from '../../../codegen/codes/index.js';
import { exampleSchema } from '../../../codegen/codes/code.js';
import { compile } from '../../../codegen/project/compile.js';
import { formatDiagnostic } from '../../../codegen/report/diagnostics.js';
import { generatedMark } from '../../../codegen/project/output.js';
import { integerSteps, type Plan, planOf } from '../../../codegen/model/packet.js';
import type { Member, Message, Protocol, Variant } from '../../../codegen/model/protocol.js';
import { readProtocolText, type ReadResult } from '../../../codegen/read/index.js';
import { mutate, seededRandom } from '../mutate.js';

const count = Number(process.env['VMWIRE_MUTATIONS'] ?? 2000);
const seed = Number(process.env['VMWIRE_SEED'] ?? 1);

const samples = fileURLToPath(new URL('../../../../test/codegen/samples/', import.meta.url));
/** Mostly small ones, which take little time. */
const bases = [
  ...Array.from({ length: 60 }, () => exampleSchema),
  ...readdirSync(samples).map((name) => readFileSync(`${samples}${name}`, 'utf8')),
];

function checkDiagnostics(text: string, { protocol, diagnostics }: ReadResult): void {
  const lines = text.split('\n').length;
  const failed = diagnostics.some(({ severity }) => severity === 'error');
  assert.is(protocol === undefined, failed, 'a protocol exactly if nothing is an error');
  for (const diagnostic of diagnostics) {
    const { code, message, location, excerpt } = diagnostic;
    assert.ok(code in codes, code);
    assert.ok(message.length > 0);
    assert.not.match(message, /undefined|\[object|call stack|^\s*at /);
    if (location !== undefined) {
      assert.ok(location.line >= 1 && location.line <= lines, `line ${location.line} of ${lines}`);
      assert.ok(location.column >= 1 && location.length >= 1);
    }
    if (excerpt !== undefined) assert.ok(excerpt.column >= 1 && excerpt.length >= 1);
    assert.not.match(formatDiagnostic(diagnostic).replaceAll('\n', ''), /\p{Cc}/u);
  }
}

const identifier = /^[a-z][a-z0-9_]{0,63}$/;

function checkNames(nodes: readonly { readonly name: string }[]): void {
  for (const { name } of nodes) assert.match(name, identifier);
  assert.is(new Set(nodes.map(({ name }) => name)).size, nodes.length, 'a name twice');
}

function checkVariant(members: readonly Member[], all: readonly Member[], maxFds: number): void {
  for (const member of members) assert.ok(all.includes(member), 'a member of another message');
  const descriptors = members.filter((member) => member.kind === 'descriptor');
  assert.ok(descriptors.length <= maxFds);
  assert.ok(descriptors.slice(0, -1).every((descriptor) => !descriptor.optional));
}

/** Every byte once and in order: the tag, exactly the variant's integers, and zeros in one piece. */
function checkPlan(plan: Plan, { members }: Variant, size: number): void {
  let offset = 0;
  for (const [index, step] of plan.entries()) {
    assert.is(step.offset, offset, 'a gap');
    assert.ok(step.size > 0);
    assert.ok(step.kind !== 'zeros' || plan[index - 1]?.kind !== 'zeros', 'zeros in two pieces');
    offset += step.size;
  }
  assert.is(offset, size);
  assert.is(plan.filter(({ kind }) => kind === 'tag').length, 1);
  const held = new Set<Member>(integerSteps(plan).map(({ member }) => member));
  assert.equal(held, new Set(members.filter(({ kind }) => kind === 'integer')));
}

/** Independent of the reader: whatever passes can be generated from. */
function checkMessage(message: Message, maxFds: number): void {
  const { tag, members, variants, locals, reserved, wire } = message;
  checkNames([message, tag, ...members].slice(1));
  checkNames([...variants, ...locals]);
  let offset = 0;
  const placed: Member[] = [];
  for (const step of wire.struct) {
    assert.is(step.offset, offset, 'a gap');
    assert.ok(step.size > 0);
    offset += step.size;
    if (step.kind !== 'zeros') placed.push(step.member);
  }
  assert.is(wire.size, offset);
  for (const variant of variants) checkPlan(planOf(message, variant), variant, wire.size);
  const integers = members.filter((member) => member.kind === 'integer');
  assert.is(placed.length, integers.length + 1);
  for (const member of [tag, ...integers]) assert.ok(placed.includes(member), 'no place');
  const limit = 2n ** BigInt(tag.size * 8);
  const tags = variants.map((variant) => variant.tag);
  assert.ok(variants.length > 0);
  assert.is(new Set([...tags, ...reserved]).size, tags.length + reserved.length, 'a tag twice');
  assert.ok([...tags, ...reserved].every((number) => number >= 0n && number < limit));
  for (const variant of variants) checkVariant(variant.members, members, maxFds);
  const used = new Set(variants.flatMap((variant) => variant.members));
  assert.ok(members.every((member) => used.has(member)));
}

function checkProtocol(protocol: Protocol): void {
  const { messages, enums, maxFds, exchange } = protocol;
  assert.match(protocol.name, identifier);
  checkNames(messages);
  checkNames(enums);
  assert.ok(messages.length > 0);
  for (const message of messages) checkMessage(message, maxFds);
  const all = messages.flatMap((message) => [...message.variants, ...message.locals]);
  if (exchange === undefined) {
    assert.ok(all.every(({ response }) => response === undefined));
    return;
  }
  const { request, response, error } = exchange;
  assert.ok(messages.includes(request) && messages.includes(response) && request !== response);
  assert.ok(response.variants.includes(error));
  for (const variant of all) {
    if (variant.response === undefined) continue;
    assert.ok(response.variants.some(({ name }) => name === variant.response));
  }
}

/** Every output of a protocol is what it should be, as far as that shows without a compiler. */
async function checkOutput(protocol: Protocol): Promise<void> {
  for (const { path, text } of await compile([{ protocol, revisions: [] }])) {
    assert.ok(path.startsWith(`${protocol.name}/`));
    assert.match(text.slice(0, 300), path.endsWith('.json') ? protocol.name : generatedMark);
    assert.not.match(text, /(?![\t\n])[\p{Cc}\p{Cs}\u2028\u2029]/u, path);
    if (path.endsWith('.json')) JSON.parse(text);
    if (path.endsWith('.ts')) assert.equal(syntaxErrors(text), [], path);
  }
}

function syntaxErrors(text: string): readonly string[] {
  const { diagnostics = [] } = ts.transpileModule(text, { reportDiagnostics: true });
  return diagnostics.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' '));
}

test(`${count} mutations of seed ${seed}`, async () => {
  let passed = 0;
  for (let number = 0; number < count; number += 1) {
    const random = seededRandom(seed * 1_000_003 + number);
    const base = bases[random(bases.length)] ?? exampleSchema;
    const text = mutate(random, base, bases[random(bases.length)] ?? '');
    try {
      const result = readProtocolText(text, 'mutated.ksy');
      checkDiagnostics(text, result);
      if (result.protocol !== undefined) {
        checkProtocol(result.protocol);
        passed += 1;
        if (passed % 50 === 0) await checkOutput(result.protocol);
      }
    } catch (error) {
      throw new Error(`mutation ${number} of seed ${seed}:\n${text}`, { cause: error });
    }
  }
  // Both ways are taken often: changes of comments, padding or order make sense.
  assert.ok(passed > count / 50 && passed < count / 2, `${passed} of ${count} passed`);
});

test.run();
