/** The built-in guest's machine code is what its listing says. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { echoGuest, echoGuestImage, listing } from '../../runtime/guest/echo-guest.js';
import { testIf } from '../skip.js';

const test = suite('the built-in guest');

function assembler(): string | undefined {
  const { status } = spawnSync('as', ['--64', '-o', '/dev/null', '/dev/null']);
  const copy = spawnSync('objcopy', ['--version']);
  return status === 0 && copy.status === 0 ? undefined : 'no GNU assembler for x86-64';
}

testIf(test, assembler(), 'assembles to the bytes beside it', () => {
  const folder = mkdtempSync(join(tmpdir(), 'vmwire-guest-'));
  try {
    const object = join(folder, 'guest.o');
    const flat = join(folder, 'guest.bin');
    const source = ['.intel_syntax noprefix', ...listing.map(([, line]) => line), ''].join('\n');
    const made = spawnSync('as', ['--64', '-o', object, '-'], { input: source, encoding: 'utf8' });
    assert.is(made.stderr, '');
    assert.is(spawnSync('objcopy', ['-O', 'binary', '-j', '.text', object, flat]).status, 0);
    const expected = readFileSync(flat).toString('hex');
    assert.is(listing.map(([hex]) => hex).join(''), expected);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('is one page, with its mailbox where the VMM looks for it', () => {
  const image = echoGuestImage();
  assert.is(image.length, 4096);
  const start = listing.findIndex(([, line]) => line === 'mailbox:');
  const before = listing.slice(0, start).map(([hex]) => hex);
  assert.is(before.join('').length / 2, echoGuest.mailboxOffset);
  // Code and text end before the interrupt table.
  assert.ok(image.subarray(0x800).every((byte) => byte === 0));
});

test.run();
