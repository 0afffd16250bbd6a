/** `vmwire-codegen generate --watch`: reacts to edits, survives bad schemas, ends on a signal. */
import type { ChildProcess } from 'node:child_process';
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { finished, project, start } from './command.js';

/** Waits until a running program has said something new; generous, for a busy machine. */
class Listener {
  #text = '';
  #wake: () => void = () => undefined;

  constructor(child: ChildProcess) {
    const hear = (text: string): void => {
      this.#text += text;
      this.#wake();
    };
    child.stdout?.setEncoding('utf8').on('data', hear);
    child.stderr?.setEncoding('utf8').on('data', hear);
  }

  /** What was said up to and with the pattern, which is then forgotten. */
  async hear(pattern: RegExp): Promise<string> {
    const limit = Date.now() + 30_000;
    for (;;) {
      const match = pattern.exec(this.#text);
      if (match !== null) {
        const end = match.index + match[0].length;
        const heard = this.#text.slice(0, end);
        this.#text = this.#text.slice(end);
        return heard;
      }
      const left = limit - Date.now();
      if (left <= 0) throw new Error(`never heard ${pattern} in: ${this.#text}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }
}

const test = suite<{ cwd: string; child: ChildProcess }>('vmwire-codegen generate --watch');
test.before.each((context) => {
  context.cwd = project();
});
test.after.each(({ cwd, child }) => {
  child.kill('SIGKILL');
  rmSync(cwd, { recursive: true });
});

test('edits, mistakes, a schema that is replaced, a folder in the way, Ctrl-C', async (context) => {
  const { cwd } = context;
  const schema = join(cwd, 'schema/tiny.ksy');
  const codec = join(cwd, 'generated/tiny/tiny.ts');
  const text = readFileSync(schema, 'utf8');
  context.child = start(['generate', '--watch'], { cwd });
  const end = finished(context.child);
  const program = new Listener(context.child);
  await program.hear(/watching schema; Ctrl-C ends it/);
  await program.hear(/\d+ written, 0 removed\n/);

  writeFileSync(schema, text.replace('Signals.', 'Other signals.'));
  await program.hear(/wrote generated\/tiny\/README\.md\n[^]*written, 0 removed\n/);

  writeFileSync(schema, text.replace('u1', 'u3'));
  const before = readFileSync(codec, 'utf8');
  await program.hear(/schema\/tiny\.ksy:\d+:\d+ VW\d{3} [^]*nothing was written\n/);
  assert.is(readFileSync(codec, 'utf8'), before);

  // As editors save: another file takes the schema's name.
  writeFileSync(join(cwd, 'schema/.tiny.swp'), text.replace('id: stop', 'id: halt'));
  renameSync(join(cwd, 'schema/.tiny.swp'), schema);
  await program.hear(/wrote generated\/tiny\/tiny\.ts\n[^]*written, 0 removed\n/);
  assert.match(readFileSync(codec, 'utf8'), "type: 'halt'");

  rmSync(join(cwd, 'generated'), { recursive: true });
  writeFileSync(join(cwd, 'generated'), 'in the way');
  writeFileSync(schema, text);
  await program.hear(/generated is not a folder\n/);
  rmSync(join(cwd, 'generated'));
  writeFileSync(schema, `${text}\n`);
  await program.hear(/\d+ written, 0 removed\n/);

  context.child.kill('SIGINT');
  assert.is((await end).status, 0);
});

test('a folder of revisions that is removed and made while it watches', async (context) => {
  const { cwd } = context;
  const history = join(cwd, 'schema/history');
  const text = readFileSync(join(cwd, 'schema/tiny.ksy'), 'utf8');
  const revision = text.replace('id: tiny', 'id: tiny_v1');
  const writeRevision = (): void => {
    mkdirSync(history);
    writeFileSync(join(history, 'tiny_v1.ksy'), revision);
  };
  writeRevision();
  context.child = start(['generate', '--watch'], { cwd });
  const program = new Listener(context.child);
  await program.hear(/watching schema, schema\/history; [^]*written, 0 removed\n/);
  rmSync(history, { recursive: true });
  await program.hear(/removed generated\/tiny_v1\/tiny_v1\.ts\n/);

  for (const title of ['before', 'after']) {
    writeRevision();
    await program.hear(/wrote generated\/tiny_v1\/tiny_v1\.ts\n[^]*written, 0 removed\n/);
    writeFileSync(join(history, 'tiny_v1.ksy'), revision.replace('Signals.', `Signals ${title}.`));
    await program.hear(/wrote generated\/tiny_v1\/README\.md\n[^]*written, 0 removed\n/);
    rmSync(history, { recursive: true });
    await program.hear(/removed generated\/tiny_v1\/tiny_v1\.ts\n/);
  }
});

test('for machines: one object each time; SIGTERM ends it too', async (context) => {
  const { cwd } = context;
  context.child = start(['generate', '--watch', '--json', 'schema/tiny.ksy'], { cwd });
  const end = finished(context.child);
  const program = new Listener(context.child);
  await program.hear(/"removed": \[\]\n\}\n/);
  context.child.kill('SIGTERM');
  const { status, stdout } = await end;
  assert.is(status, 0);
  assert.is(JSON.parse(stdout).ok, true);
});

test('a folder that is not there is refused at once', async (context) => {
  context.child = start(['generate', '--watch', 'nowhere/tiny.ksy'], { cwd: context.cwd });
  const { status, stderr } = await finished(context.child);
  assert.is(status, 2);
  assert.match(stderr, /can't watch nowhere: ENOENT/);
});

test.run();
