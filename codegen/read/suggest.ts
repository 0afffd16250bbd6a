/** "Did you mean": the known name that is nearest to a misspelt one. */

const maxLength = 64;

/** How many letters must be added, dropped or exchanged to make one word of the other. */
function distance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const exchanged = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(exchanged, (previous[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1));
    }
    previous = row;
  }
  return previous[b.length] ?? 0;
}

/** The known name that `word` may have meant, or undefined if none is near. */
export function nearest(word: string, known: Iterable<string>): string | undefined {
  if (word.length > maxLength) return undefined;
  const lower = word.toLowerCase();
  let best: string | undefined;
  let limit = Math.max(1, Math.floor(word.length / 3)) + 1;
  for (const name of known) {
    if (Math.abs(name.length - word.length) >= limit) continue;
    const far = distance(lower, name);
    if (far >= limit) continue;
    best = name;
    limit = far;
  }
  return best;
}

/** A hint: the nearest name, or else all there are. */
export function meant(word: string, known: Iterable<string>): string {
  const names = [...known];
  const best = nearest(word, names);
  if (best !== undefined) return `did you mean \`${best}\`?`;
  if (names.length === 0) return 'there are none';
  const shown = names.slice(0, 12).map((name) => `\`${name}\``);
  if (names.length === 1) return `there is ${shown[0]}`;
  return `there are ${shown.join(', ')}${names.length > shown.length ? ', …' : ''}`;
}
