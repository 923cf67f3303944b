// `did you mean`: the nearest known word by edit distance, when it is near enough to be a slip. Two
// letters in the wrong order are one slip, as fingers make them (Damerau-Levenshtein).

const longestWord = 64;

function distance(a: string, b: string): number {
  let beforePrevious: readonly number[] = [];
  let previous: readonly number[] = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const current = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const substitution = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const swap = swapped ? (beforePrevious[j - 2] ?? 0) + 1 : substitution;
      current.push(Math.min(substitution, swap, (previous[j] ?? 0) + 1, (current[j - 1] ?? 0) + 1));
    }
    beforePrevious = previous;
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

const mostNamed = 10;

/** What to do about a name that is not found: the one that was probably meant, or those that there are. */
export function nameHint(
  word: string,
  what: string,
  known: Iterable<string>,
  elsewhere: string | null,
): string {
  const names = [...known].sort();
  const more = names.length > mostNamed ? ` and ${names.length - mostNamed} more` : "";
  const listed = `${names.slice(0, mostNamed).join(", ")}${more}`;
  const all = names.length === 0 ? `no ${what} was found` : `known are ${listed}`;
  const hint = didYouMean(word, names) ?? all;
  return elsewhere === null ? hint : `${hint}; ${elsewhere}`;
}
