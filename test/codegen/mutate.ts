/** Schemas changed at random: by a seed, so that a failure can be had again. */

/** Numbers from 0 up to and without `limit`, the same for the same seed. */
export type Random = (limit: number) => number;

/** The generator mulberry32. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return (limit) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  };
}

function pick<T>(random: Random, choices: readonly T[], otherwise: T): T {
  return choices[random(Math.max(1, choices.length))] ?? otherwise;
}

/** What is put into a schema: YAML's own signs, keys, and values that are hard to bear. */
const pieces: readonly string[] = [
  ...'[]{}:,-?#&*!|>\'"%@`\\\n\t\r \0\u0007\u2028\ufeff\ud800<~=',
  '- ',
  ': ',
  '*a',
  '&a ',
  '<<: ',
  '!!binary ',
  '---\n',
  '# ',
  '|\n',
  '"\\u0000"',
  '../..',
  '__proto__',
  'constructor',
  'toString',
  'null',
  'true',
  '~',
  '.nan',
  '.inf',
  '1e999',
  '-1',
  '0',
  '-0',
  '1.5',
  '0x10',
  '010',
  '253',
  '65536',
  '4294967296',
  '9007199254740993',
  '9223372036854775808',
  '99999999999999999999999999',
  '[[[[[[[[',
  '{a: {a: {a: ',
  'x'.repeat(300),
  '*/ " \' ` ${x}',
];

function changeCharacter(random: Random, text: string): string {
  const at = random(text.length + 1);
  const dropped = random(3) === 0 ? 0 : random(6);
  return text.slice(0, at) + pick(random, pieces, '') + text.slice(at + dropped);
}

function changeLine(random: Random, text: string, other: string): string {
  const lines = text.split('\n');
  const at = random(lines.length);
  const line = lines[at] ?? '';
  const foreign = pick(random, other.split('\n'), '');
  const changed: readonly (readonly string[])[] = [
    [],
    [line, line],
    [` ${line}`],
    [line.slice(1)],
    [foreign],
    [line, foreign],
    [lines[random(lines.length)] ?? ''],
    [`${line} ${pick(random, pieces, '')}`],
  ];
  return lines.toSpliced(at, 1, ...pick(random, changed, [])).join('\n');
}

/** Exchanges one name or number for another of the schema, or for something hard to bear. */
function changeWord(random: Random, text: string): string {
  const words = [...text.matchAll(/-?[\w./]+/g)];
  const word = words[random(Math.max(1, words.length))];
  if (word === undefined) return text;
  const other = random(2) === 0 ? words[random(words.length)]?.[0] : undefined;
  const end = word.index + word[0].length;
  return text.slice(0, word.index) + (other ?? pick(random, pieces, '')) + text.slice(end);
}

/**
 * A schema with one to three changes. `other` lends it lines.
 *
 * @example
 * mutate(seededRandom(7), readFileSync('schema/vm_control.ksy', 'utf8'), '');
 */
export function mutate(random: Random, text: string, other: string): string {
  let changed = text;
  for (let count = 1 + random(3); count > 0; count -= 1) {
    const kind = random(7);
    if (kind < 2) changed = changeCharacter(random, changed);
    else if (kind < 4) changed = changeLine(random, changed, other);
    else if (kind < 6) changed = changeWord(random, changed);
    else if (random(10) === 0) changed = changed.slice(0, random(changed.length + 1));
  }
  return changed;
}
