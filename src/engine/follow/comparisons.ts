// Whether a new commit concerns a service that watches some paths (`git.watchPaths`): what changed since the commit that
// it was built from. Each pair of commits is asked for once, however many services it is of interest to.
import ignore from "ignore";
import type { GitSource } from "../../model/specs.ts";
import type { Branches } from "../../ports.ts";

export interface Watching {
  readonly stack: string;
  /** The service's key. */
  readonly service: string;
  readonly paths: readonly string[];
  /** Its repository: the key, and one of its sources. */
  readonly key: string;
  readonly source: GitSource;
  /** The newest commit of its branch, whole. */
  readonly head: string;
}

export interface Comparisons {
  /** Finds out whether anything that is watched changed from a commit to the newest one. Throws what asking throws. */
  compare(watching: Watching, from: string): Promise<void>;
  /** Shortened commits from which to this newest one nothing changed that the service watches. */
  asGood(watching: Omit<Watching, "source">): ReadonlySet<string>;
}

const shortLength = 12;
const mostPairs = 200;
const none: ReadonlySet<string> = new Set();

/** Each pattern by gitignore's rules; the last one that fits a file decides, so that `!apps/web/docs` takes back. */
export function isWatched(patterns: readonly string[], paths: readonly string[]): boolean {
  const rules = patterns.map((pattern) => {
    const isTakenBack = pattern.startsWith("!");
    const text = isTakenBack ? pattern.slice(1) : pattern;
    return { isTakenBack, fits: ignore({ ignorecase: false }).add(text) };
  });
  return paths
    .filter((path) => ignore.isPathValid(path))
    .some((path) => {
      const last = rules.findLast(({ fits }) => fits.ignores(path));
      return last !== undefined && !last.isTakenBack;
    });
}

export function createComparisons(branches: Pick<Branches, "changed">): Comparisons {
  const pairs = new Map<string, Promise<readonly string[] | null>>();
  const good = new Map<string, { readonly of: string; readonly commits: Set<string> }>();

  /** What an answer holds for: another head or other patterns ask anew. */
  const subject = ({ key, head, paths }: Pick<Watching, "key" | "head" | "paths">): string =>
    JSON.stringify([key, head, paths]);
  const nameOf = ({ stack, service }: Pick<Watching, "stack" | "service">): string =>
    JSON.stringify([stack, service]);

  function changed(
    { key, source, head }: Watching,
    from: string,
  ): Promise<readonly string[] | null> {
    const pair = JSON.stringify([key, from, head]);
    const known = pairs.get(pair);
    if (known !== undefined) return known;
    const asked = branches.changed(source, from, head);
    pairs.set(pair, asked);
    for (const oldest of pairs.keys()) {
      if (pairs.size <= mostPairs) break;
      pairs.delete(oldest);
    }
    asked.catch(() => pairs.delete(pair));
    return asked;
  }

  return {
    async compare(watching, from) {
      const paths = await changed(watching, from);
      if (paths === null || isWatched(watching.paths, paths)) return;
      const name = nameOf(watching);
      const of = subject(watching);
      const before = good.get(name);
      const commits = before?.of === of ? before.commits : new Set<string>();
      good.set(name, { of, commits: commits.add(from.slice(0, shortLength)) });
    },
    asGood(watching) {
      const known = good.get(nameOf(watching));
      return known?.of === subject(watching) ? known.commits : none;
    },
  };
}
