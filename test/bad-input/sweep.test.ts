/** Every bad value in every place of every public call: a typed error, or a value that is good after all. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  FieldValueError,
  ProtocolError,
  SystemError,
  VmRefusedError,
} from '../../runtime/index.js';
import { beingClosed } from '../../runtime/control/discard.js';
import { whatIsOpen } from '../../runtime/demo/what-is-open.js';
import { Subjects } from './calls.js';
import { BadValues } from './values.js';

const test = suite('bad input');
/** TypeError: the language's own, for a value of another type than the compiler would let pass. */
const typed = [SystemError, ProtocolError, FieldValueError, VmRefusedError, TypeError];

/** What was made by a call whose bad value was good after all. */
function close(made: unknown): void {
  if (Array.isArray(made)) made.forEach(close);
  else if (typeof made === 'object' && made !== null && 'close' in made) {
    if (typeof made.close === 'function') made.close();
  } else if (typeof made === 'object' && made !== null && 'fds' in made) close(made.fds);
}

/** Makes one call. @returns what is wrong with how it failed, or undefined */
async function tried(index: number, place: number, value: unknown): Promise<string | undefined> {
  using subjects = new Subjects(folder);
  const call = subjects.calls[index];
  if (call === undefined) throw new Error(`no call ${index}`);
  const args = call.args.with(place, value);
  // Some values mean to wait for ever: closing what they wait for ends that.
  const timer = globalThis.setTimeout(() => subjects[Symbol.dispose](), 10);
  try {
    close(await Reflect.apply(call.run, undefined, args));
    return undefined;
  } catch (error) {
    if (typed.some((kind) => error instanceof kind)) {
      const { message } = error as Error; // each of them is one
      return message.length > 10 ? undefined : `says only ${message}`;
    }
    return String(error);
  } finally {
    clearTimeout(timer);
  }
}

const folder = mkdtempSync(join(tmpdir(), 'vmwire-calls-'));
// Some of the bad values are good as relative paths.
process.chdir(folder);

const names = (() => {
  using subjects = new Subjects(folder);
  return subjects.calls.map(({ name, args }) => ({ name, places: args.length }));
})();

test.before(async () => {
  // Threads, scratch memory and the epoll descriptor, which stay.
  await tried(
    names.findIndex(({ name }) => name === 'recvAsync'),
    1,
    {},
  );
  // Node's thread pool starts with its first task.
  await stat(folder);
});

for (const [index, { name, places }] of names.entries()) {
  test(name, async () => {
    const wrong: string[] = [];
    const before = whatIsOpen();
    {
      using bad = new BadValues();
      for (let place = 0; place < places; place++) {
        for (const { name: what, value } of bad.all) {
          const problem = await tried(index, place, value);
          if (problem !== undefined) wrong.push(`argument ${place} = ${what}: ${problem}`);
        }
      }
    }
    assert.equal(wrong, []);
    // What a server refused is closed in Node's thread pool.
    while (beingClosed() > 0) await setTimeout(1);
    assert.equal(whatIsOpen(), before);
    assert.equal(readdirSync(folder), []);
  });
}

test.after(() => rmSync(folder, { recursive: true }));

test.run();
