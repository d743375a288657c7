/** How many letters must be added, taken away, exchanged or swapped with the next one to come from one word to the other. */
function distance(from: string, to: string): number {
  const rows: number[][] = [Array.from({ length: to.length + 1 }, (_, index) => index)];
  for (let i = 1; i <= from.length; i++) {
    const row = [i];
    for (let j = 1; j <= to.length; j++) {
      const same = from[i - 1] === to[j - 1];
      row[j] = Math.min(
        rows[i - 1]![j]! + 1,
        row[j - 1]! + 1,
        rows[i - 1]![j - 1]! + (same ? 0 : 1),
      );
      const swapped = i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1];
      if (swapped) row[j] = Math.min(row[j]!, rows[i - 2]![j - 2]! + 1);
    }
    rows.push(row);
  }
  return rows[from.length]![to.length]!;
}

/**
 * The one of some words that was probably meant by another: at most a third of its letters are wrong,
 * whatever their case and without `-` and `_`.
 *
 * @returns `undefined` where none is near
 */
export function nearest(word: string, words: readonly string[]): string | undefined {
  const plain = (text: string) => text.toLowerCase().replace(/[-_]/g, '');
  // A long text is no slip of a key, and would take long to compare.
  if (word === '' || word.length > 60) return undefined;
  const found = words
    .map((candidate) => ({ candidate, letters: distance(plain(word), plain(candidate)) }))
    .sort((a, b) => a.letters - b.letters)[0];
  return found !== undefined && found.letters <= Math.max(1, Math.floor(plain(word).length / 3))
    ? found.candidate
    : undefined;
}
