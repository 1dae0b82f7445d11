/** What is longer is nobody's slip, and would take long to compare. */
const MOST_LETTERS = 200;

/**
 * Returns up to three of `names` that differ least from `name`, in fewer than half of their letters or in the number at their end
 * alone, for the end of an error message.
 */
export function nearestNames(name: string, names: readonly string[]): string[] {
  if (name.length > MOST_LETTERS) return [];
  const isNear = (candidate: string, distance: number) =>
    2 * distance < Math.max(name.length, candidate.length);
  return names
    .filter(
      (candidate) =>
        isNear(candidate, Math.abs(name.length - candidate.length)) || isAnotherOf(name, candidate),
    )
    .map((candidate) => ({ candidate, distance: editDistance(name.toLowerCase(), candidate.toLowerCase()) }))
    .filter(({ candidate, distance }) => isNear(candidate, distance) || isAnotherOf(name, candidate))
    .sort((a, b) => a.distance - b.distance)
    .slice(0, 3)
    .map(({ candidate }) => candidate);
}

/** Returns whether two names are the same word with other numbers, such as `h1` and `h2`. */
function isAnotherOf(name: string, candidate: string): boolean {
  const word = (text: string) => text.toLowerCase().replace(/\d+$/, "");
  return word(name) !== "" && word(name) === word(candidate);
}

/** Returns the number of single-letter insertions, deletions and replacements that turn `a` into `b`. */
function editDistance(a: string, b: string): number {
  let above = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (above[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(replaced, (above[j] as number) + 1, (row[j - 1] as number) + 1));
    }
    above = row;
  }
  return above[b.length] as number;
}
