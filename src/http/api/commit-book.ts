// Commits as the API shows them: title, time and address, kept so that lists and streams need not ask Git
// each time. Bounded; a commit that is not known yet shows its id alone.
import type { CommitInfo, Commits } from "../../ports.ts";
import type { Links } from "../links.ts";
import type { CommitView } from "./view-types.ts";

export interface CommitBook {
  ref(sha: string): CommitView;
  /** Learns of these what is not known yet. Never throws. */
  load(shas: Iterable<string>): Promise<void>;
}

const kept = 5_000;

export function createCommitBook(
  commits: Pick<Commits, "commits"> | null,
  links: Pick<Links, "commit">,
): CommitBook {
  const known = new Map<string, CommitInfo>();
  return {
    ref(sha) {
      const info = known.get(sha);
      return {
        sha,
        title: info?.title ?? "",
        url: links.commit(sha),
        at: info === undefined ? null : new Date(info.atMs).toISOString(),
      };
    },
    async load(shas) {
      const fresh = [...new Set(shas)].filter((sha) => !known.has(sha));
      if (commits === null || fresh.length === 0) return;
      const found = await commits.commits(fresh).catch(() => new Map<string, CommitInfo>());
      for (const [sha, info] of found) known.set(sha, info);
      for (const oldest of known.keys()) {
        if (known.size <= kept) break;
        known.delete(oldest);
      }
    },
  };
}
