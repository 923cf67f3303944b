// Which pull requests were seen since the start: of those that were not, nobody knows whether they are open, and what is
// called like a preview of theirs stays on the server.
import { pullKey, pullTitle } from "../../model/preview-name.ts";
import type { PullId } from "../../model/preview-name.ts";

export interface SeenPulls {
  /** All of a repository that are open; `isAll`: no other one is. Whether that is news. */
  listed(repository: string | null, open: ReadonlySet<number>, isAll: boolean): boolean;
  /** It was looked at, and what came of it is known. Whether that is news. */
  looked(pull: PullId): boolean;
  /** Why nobody knows whether one without a record is open; null: it has no previews. */
  unknown(pull: PullId): string | null;
}

interface Listed {
  readonly pulls: ReadonlySet<number>;
  readonly isAll: boolean;
}

const keyOf = (repository: string | null): string => repository?.toLowerCase() ?? "";

export function createSeenPulls(): SeenPulls {
  const lists = new Map<string, Listed>();
  const seen = new Set<string>();
  return {
    listed(repository, pulls, isAll) {
      const key = keyOf(repository);
      const isFirst = !lists.has(key);
      lists.set(key, { pulls, isAll });
      return isFirst;
    },
    looked(pull) {
      const key = pullKey(pull);
      if (seen.has(key)) return false;
      seen.add(key);
      return true;
    },
    unknown(pull) {
      const list = lists.get(keyOf(pull.repository));
      const isKnown =
        list !== undefined &&
        (seen.has(pullKey(pull)) || (list.isAll && !list.pulls.has(pull.pull)));
      return isKnown
        ? null
        : `whether pull request ${pullTitle(pull)} is open was not seen yet: it stays as it is`;
    },
  };
}
