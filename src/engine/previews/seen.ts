// Which pull requests were seen since the start: of those that were not, nobody knows whether they are open, and what is
// called like a preview of theirs stays on the server.

export interface SeenPulls {
  /** All that are open; `isAll`: no other one is. Whether that is news. */
  listed(open: ReadonlySet<number>, isAll: boolean): boolean;
  /** It was looked at, and what came of it is known. Whether that is news. */
  looked(pull: number): boolean;
  /** Why nobody knows whether one without a record is open; null: it has no previews. */
  unknown(pull: number): string | null;
}

export function createSeenPulls(): SeenPulls {
  let open: { readonly pulls: ReadonlySet<number>; readonly isAll: boolean } | null = null;
  const seen = new Set<number>();
  return {
    listed(pulls, isAll) {
      const isFirst = open === null;
      open = { pulls, isAll };
      return isFirst;
    },
    looked(pull) {
      if (seen.has(pull)) return false;
      seen.add(pull);
      return true;
    },
    unknown(pull) {
      const isKnown = open !== null && (seen.has(pull) || (open.isAll && !open.pulls.has(pull)));
      return isKnown
        ? null
        : `whether pull request #${pull} is open was not seen yet: it stays as it is`;
    },
  };
}
