/** Number of insertions, deletions, replacements and swaps of neighbours between two words (optimal string alignment). */
export const editDistance = (a: string, b: string): number => {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) row.push(cheapest(a, b, i, j, rows, row));
    rows.push(row);
  }
  return rows[a.length]?.[b.length] ?? 0;
};

const at = (rows: readonly (readonly number[])[], i: number, j: number): number => rows[i]?.[j] ?? 0;

const cheapest = (a: string, b: string, i: number, j: number, rows: number[][], row: number[]): number => {
  const replace = at(rows, i - 1, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
  const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
  return Math.min(
    at(rows, i - 1, j) + 1,
    (row[j - 1] ?? 0) + 1,
    replace,
    swapped ? at(rows, i - 2, j - 2) + 1 : replace,
  );
};

/** True when every part between the dashes of `word` is one of `candidate`'s: `acquire-stack` of `acquire-new-stack-entry`. */
const hasParts = (candidate: string, word: string): boolean => {
  const parts = candidate.split('-');
  return word.includes('-') && word.split('-').every((part) => parts.includes(part));
};

/** The words nearest to `word`: those it begins, those that hold it, then those few edits away; at most `limit`. */
export const nearest = (word: string, words: readonly string[], limit = 3): readonly string[] => {
  const score = (candidate: string): number => {
    if (candidate.startsWith(word)) return 0.5;
    if (word.length > 3 && (candidate.includes(word) || hasParts(candidate, word))) return 1;
    return editDistance(word, candidate);
  };
  return words
    .map((candidate) => ({ candidate, score: score(candidate) }))
    .filter(({ candidate, score }) => score <= Math.max(2, Math.floor(Math.min(word.length, candidate.length) / 3)))
    .sort((a, b) => a.score - b.score || a.candidate.localeCompare(b.candidate))
    .slice(0, limit)
    .map(({ candidate }) => candidate);
};
