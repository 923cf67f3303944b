// Why new commits or images cannot be seen, by stack and repository: each is told when it begins, when it changes and when it is
// over, and only of the stacks that it concerns.
import { newsTitle } from "./followed.ts";
import type { FollowedRepository, Follower } from "./followed.ts";

export interface FollowTroubles {
  /** What a look came to: `of` says why a branch cannot be seen, or null. The stacks of which that changed. */
  are(repository: FollowedRepository, of: (follower: Follower) => string | null): readonly string[];
  /** Null: there is none. */
  of(stack: string, key: string): string | null;
  /** Forgets all others. */
  keep(repositories: readonly FollowedRepository[]): void;
}

export function createFollowTroubles(
  tell: (stack: string, news: string, error: string | null) => void,
): FollowTroubles {
  /** By repository, then by stack. */
  const known = new Map<string, Map<string, string>>();
  return {
    are(repository, of) {
      const { key, followers } = repository;
      const before = known.get(key) ?? new Map<string, string>();
      const now = new Map<string, string>();
      for (const [stack, mine] of Map.groupBy(followers, (follower) => follower.stack)) {
        const errors = new Set(mine.flatMap((follower) => of(follower) ?? []));
        if (errors.size > 0) now.set(stack, [...errors].join("; "));
      }
      known.set(key, now);
      const stacks = new Set(followers.map(({ stack }) => stack));
      const changed = [...stacks].filter((stack) => before.get(stack) !== now.get(stack));
      for (const stack of changed) tell(stack, newsTitle(repository), now.get(stack) ?? null);
      return changed;
    },
    of: (stack, key) => known.get(key)?.get(stack) ?? null,
    keep(repositories) {
      const keys = new Set(repositories.map(({ key }) => key));
      for (const key of known.keys()) if (!keys.has(key)) known.delete(key);
    },
  };
}
