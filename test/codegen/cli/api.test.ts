/** The compiler as a library: `vmwire/codegen`, as others import it. */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  compareGenerated,
  compareProtocols,
  compile,
  CompilerFailure,
  formatDiagnostic,
  generate,
  readProtocol,
  readProtocolText,
} from 'vmwire/codegen';
import { project } from './command.js';

const test = suite('vmwire/codegen');
const cwd = project();
const schema = join(cwd, 'schema/tiny.ksy');
const text = readFileSync(schema, 'utf8');
const out = join(cwd, 'out');
test.after(() => rmSync(cwd, { recursive: true }));

test('compares without writing, generates, and compares again', async () => {
  const before = await compareGenerated({ schemas: [schema], out });
  assert.is(before.ok, true);
  assert.ok(before.differences.every(({ kind }) => kind === 'missing'));
  assert.is(before.differences.length, before.files);
  assert.not(existsSync(out));
  await generate({ schemas: [schema], out });
  const after = await compareGenerated({ schemas: [schema], out });
  assert.equal(after, { ok: true, diagnostics: [], differences: [], files: before.files });
});

test('a mistake is a diagnostic with a place, not an exception', async () => {
  const bad = join(cwd, 'bad.ksy');
  writeFileSync(bad, text.replace('type: u1', 'type: u3'));
  const { ok, diagnostics, files } = await generate({ schemas: [bad, schema], out });
  assert.equal([ok, files], [false, 0]);
  const [first] = diagnostics;
  assert.ok(first?.location);
  assert.is(first.location.line, 19);
  assert.match(formatDiagnostic(first), `${bad}:19:`);
  rmSync(bad);
});

async function fails(run: () => Promise<unknown>, code: string): Promise<void> {
  const error: unknown = await run().then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof CompilerFailure && error.code === code, String(error));
}

test('what is wrong outside the schemas is a CompilerFailure with a code', async () => {
  const { protocol } = await readProtocol(schema);
  assert.ok(protocol);
  const input = { protocol, revisions: [] };
  await fails(() => compile([input, input]), 'SAME_ID');
  await fails(() => compile([{ ...input, protocol: { ...protocol, name: '../up' } }]), 'OUTSIDE');
  await fails(() => generate({ schemas: [schema], out: schema }), 'OUT_IS_FILE');
});

test('two revisions are compared', () => {
  const old = readProtocolText(text, 'old.ksy').protocol;
  const changed = readProtocolText(text.replace('    8:\n', '    9:\n'), 'new.ksy').protocol;
  assert.ok(old && changed);
  assert.is(compareProtocols(old, old).verdict, 'identical');
  assert.is(compareProtocols(old, changed).verdict, 'breaking');
});

test.run();
