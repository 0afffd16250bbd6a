/** "Did you mean": the known name that is nearest to a misspelt one. */

/** How many letters must be added, dropped or exchanged to make one word of the other. */
function distance(one: string, other: string): number {
  let previous = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let row = 1; row <= one.length; row++) {
    const current = [row];
    for (let column = 1; column <= other.length; column++) {
      const exchanged = one[row - 1] === other[column - 1] ? 0 : 1;
      current[column] = Math.min(
        (previous[column - 1] ?? 0) + exchanged,
        (previous[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
      );
    }
    previous = current;
  }
  return previous[other.length] ?? 0;
}

/** A hint with the name that `word` may have meant, or with all there are. */
export function didYouMean(word: string, known: readonly string[]): string {
  const short = word.slice(0, 40).toLowerCase();
  const limit = Math.max(2, Math.floor(short.length / 3));
  const [best] = known
    .map((name) => ({ name, far: distance(short, name) }))
    .filter(({ far }) => far <= limit)
    .toSorted((one, other) => one.far - other.far);
  return best === undefined ? `there are ${known.join(', ')}` : `did you mean ${best.name}?`;
}
