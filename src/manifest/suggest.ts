// `did you mean`: the nearest known word by edit distance, when it is near enough to be a slip.

const longestWord = 64;

function distance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const current = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const substitution = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      current.push(Math.min(substitution, (previous[j] ?? 0) + 1, (current[j - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
}

/** The known word that was probably meant, or null. Ties go to the first in the alphabet. */
export function nearest(word: string, known: Iterable<string>): string | null {
  if (word.length === 0 || word.length > longestWord) return null;
  const lower = word.toLowerCase();
  let best: { readonly word: string; readonly distance: number } | null = null;
  for (const candidate of [...known].sort()) {
    if (candidate.length > longestWord) continue;
    const found = distance(lower, candidate.toLowerCase());
    const allowed = Math.max(1, Math.floor(Math.max(word.length, candidate.length) / 3));
    if (found <= allowed && (best === null || found < best.distance)) {
      best = { word: candidate, distance: found };
    }
  }
  return best?.word ?? null;
}

export function didYouMean(word: string, known: Iterable<string>): string | null {
  const found = nearest(word, known);
  return found === null ? null : `did you mean \`${found}\`?`;
}
