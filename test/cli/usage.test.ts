/** Command lines that are wrong: exit status 2, one line of complaint, and what to do. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { vmwire } from './program.js';

const test = suite('vmwire: wrong usage');

const wrong: readonly (readonly [string, readonly string[], RegExp])[] = [
  ['an unknown command', ['stpo', 'x'], /no command "stpo"\n {2}did you mean stop\?/],
  ['a name of every object', ['constructor'], /no command "constructor"/],
  ['an unknown shell', ['completion', 'tcsh'], /no shell "tcsh"\n {2}bash, zsh, fish/],
  ['no socket', ['stop'], /stop needs SOCKET\n {2}usage: vmwire stop SOCKET/],
  ['too many arguments', ['stop', 'a', 'b'], /stop does not take "b"/],
  ['an unknown option', ['stop', 'a', '--tiemout', '3'], /--tiemout\n {2}did you mean --timeout\?/],
  ['an option without its value', ['stop', 'a', '--timeout'], /--timeout needs SECONDS\n$/],
  [
    'an option instead of a value',
    ['stop', 'a', '--timeout', '--no-reply'],
    /--timeout needs SECONDS\n$/,
  ],
  ['a flag with a value', ['stop', 'a', '--no-reply=1'], /--no-reply takes no value/],
  ['an option twice', ['stop', 'a', '-t', '1', '-t', '2'], /--timeout is given more than once/],
  ['no time', ['stop', 'a', '-t', '0'], /--timeout is a number of seconds above 0, not "0"/],
  ['a negative time', ['stop', '-t', '-1', 'a'], /--timeout is a number .*, not "-1"/],
  ['negative bytes behind a space', ['register', 'a', '--size', '-1'], /--size is .*, not "-1"/],
  ['a time that is none', ['stop', 'a', '-t', 'NaN'], /--timeout is a number of seconds/],
  ['an endless time', ['stop', 'a', '-t', '9e9'], /--timeout is a number of seconds/],
  ['no pages', ['balloon', 'a'], /balloon needs PAGES/],
  ['a fraction of a page', ['balloon', 'a', '1.5'], /PAGES is an integer .*, not "1.5"/],
  ['too many pages', ['balloon', 'a', '2147483648'], /PAGES is an integer from -2147483648/],
  [
    'a negative slot',
    ['unregister', 'a', '-1'],
    /SLOT is an integer from 0 to 4294967295, not "-1"/,
  ],
  ['a huge slot', ['unregister', 'a', '4294967296'], /SLOT is an integer/],
  ['no memory', ['register', 'a'], /register needs --size BYTES, --file PATH, or both/],
  ['no bytes', ['register', 'a', '-s', '0'], /--size is a number of bytes/],
  ['negative bytes', ['register', 'a', '-s=-1'], /--size is a number of bytes/],
  [
    'more bytes than there are',
    ['register', 'a', '-s', '99999999999G'],
    /--size is a number of bytes/,
  ],
  ['a folder as memory', ['register', 'a', '--file', '/'], /--file \/: it is a folder\n$/],
  [
    'no file as memory',
    ['register', 'a', '--file', '/none'],
    /--file \/none: there is no such file/,
  ],
  ['no reply to register', ['register', 'a', '-s', '4K', '--no-reply'], /without a reply\n/],
  ['an empty path', ['stop', ''], /is an empty path/],
  ['a path that is too long', ['stop', `/${'x'.repeat(108)}`], /109 bytes.* at most 108/],
];

for (const [what, args, complaint] of wrong) {
  test(what, async () => {
    const { status, stdout, stderr } = await vmwire(args);
    assert.is(stdout, '');
    assert.match(stderr, complaint);
    assert.is(status, 2);
  });
}

test('JSON also tells what is wrong', async () => {
  const { status, stdout, stderr } = await vmwire(['balloon', 'a', 'b', '--json']);
  assert.is(status, 2);
  assert.is(stderr, '');
  const { ok, error } = JSON.parse(stdout);
  assert.equal([ok, error.code], [false, 'ERR_USAGE']);
});

test.run();
