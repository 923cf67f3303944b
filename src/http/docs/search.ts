// Finds sections of the documentation by the words of a question. Pure.
import type { DocsPage } from "./library.ts";

export interface Found {
  readonly path: string;
  readonly page: string;
  readonly section: string;
  readonly id: string | null;
  /** Some words around the first hit. */
  readonly around: string;
}

const mostFound = 30;
const mostWords = 8;
const aroundChars = 90;

export function wordsOf(question: string): readonly string[] {
  const words = question.toLowerCase().match(/[\p{L}\p{N}_.:$@-]+/gu) ?? [];
  // Most words have their plural in the text, or the other way round.
  const bare = words.map((word) => (word.length > 4 ? word.replace(/s$/, "") : word));
  return [...new Set(bare)].slice(0, mostWords);
}

function excerpt(text: string, words: readonly string[]): string {
  const lower = text.toLowerCase();
  const hits = words.map((word) => lower.indexOf(word)).filter((at) => at >= 0);
  const first = hits.length === 0 ? 0 : Math.min(...hits);
  const from = first <= aroundChars ? 0 : text.indexOf(" ", first - aroundChars) + 1;
  const to = from + 2 * aroundChars;
  return `${from > 0 ? "… " : ""}${text.slice(from, to)}${to < text.length ? " …" : ""}`;
}

interface Score {
  /** How many of the words it has. */
  readonly words: number;
  /** Words in a title count most, then how often they are said. */
  readonly weight: number;
}

function scoreOf(words: readonly string[], title: string, page: string, text: string): Score {
  const weights = words.map((word) => {
    const times = text.split(word).length - 1;
    const inTitle = title.includes(word) ? 12 : 0;
    const inPage = page.includes(word) ? 6 : 0;
    return Math.min(times, 5) + inTitle + inPage;
  });
  return {
    words: weights.filter((weight) => weight > 0).length,
    weight: weights.reduce((sum, weight) => sum + weight, 0),
  };
}

/** The sections that have the most of the words, at least half of them; the best first. */
export function search(pages: readonly DocsPage[], question: string): readonly Found[] {
  const words = wordsOf(question);
  const all = pages.flatMap(({ path, title: page, sections }) =>
    sections.map(({ id, title, text }) => ({
      score: scoreOf(words, title.toLowerCase(), page.toLowerCase(), text.toLowerCase()),
      found: { path, page, section: title, id, around: excerpt(text, words) },
    })),
  );
  const most = Math.max(1, words.length / 2, ...all.map(({ score }) => score.words));
  return all
    .filter(({ score }) => score.words >= most)
    .sort((a, b) => b.score.weight - a.score.weight)
    .slice(0, mostFound)
    .map(({ found }) => found);
}
