// The versions of a stack's manifest in Git, each with the commit that brought it: what a stack can return to.
// Read from Git alone, so that a restart or a lost store changes nothing of it. Commits that changed other
// stacks of the same file, or only moved it, are no versions.
import type { BranchChange, Commits } from "../../ports.ts";
import { manifestHistory } from "./manifest-history.ts";
import type { ManifestChange, SoughtManifest } from "./manifest-history.ts";

export interface Version {
  /** The commit of the branch that brought it. */
  readonly sha: string;
  /** Commits of the branch at which the manifest was this one: `sha`, and those after it up to the next version. */
  readonly holds: (revision: string) => boolean;
  /** Whether it is what Git has now. */
  readonly isCurrent: boolean;
}

export interface Versions {
  /**
   * The newest first, none of them twice, and no more than 20. `file` is where the manifest is at the revision;
   * null when it is not in Git there. Empty when Git does not tell. Throws what `Commits` throws.
   */
  of(stack: string, revision: string, file: string | null): Promise<readonly Version[]>;
}

const versionsShown = 20;
/** A commit further back is not looked at. */
const changesLooked = 2_000;
const lineLooked = 10_000;
const stacksKept = 200;

interface Branch {
  readonly changes: readonly BranchChange[];
  /** How many commits before the newest one. */
  readonly ageOf: ReadonlyMap<string, number>;
}

export function createVersions(commits: Pick<Commits, "changes" | "line" | "file">): Versions {
  let branch: { readonly revision: string; readonly read: Promise<Branch> } | null = null;
  const known = new Map<string, Promise<readonly Version[]>>();

  async function readBranch(revision: string): Promise<Branch> {
    const [changes, line] = await Promise.all([
      commits.changes(revision, changesLooked),
      commits.line(revision, lineLooked),
    ]);
    return { changes, ageOf: new Map(line.map((sha, age) => [sha, age])) };
  }

  function branchAt(revision: string): Promise<Branch> {
    if (branch?.revision !== revision) branch = { revision, read: readBranch(revision) };
    return branch.read;
  }

  async function versionsOf(sought: SoughtManifest): Promise<readonly Version[]> {
    const { changes, ageOf } = await branchAt(sought.revision);
    const history = await manifestHistory(commits, sought, changes);
    return versionsIn(history, ageOf, sought.file !== null);
  }

  return {
    of(stack, revision, file) {
      const key = [stack, revision, file ?? ""].join("\n");
      const cached = known.get(key);
      if (cached !== undefined) return cached;
      const asked = versionsOf({ stack, revision, file });
      known.set(key, asked);
      asked.catch(() => {
        known.delete(key);
        branch = null;
      });
      for (const oldest of known.keys()) {
        if (known.size <= stacksKept) break;
        known.delete(oldest);
      }
      return asked;
    },
  };
}

/**
 * The newest of those that are alike stands for all of them. `history`: the newest first. `ageOf`: how many commits
 * of the branch came after one. `isInGit`: the newest of them is what Git has now. Pure.
 */
export function versionsIn(
  history: readonly ManifestChange[],
  ageOf: ReadonlyMap<string, number>,
  isInGit: boolean,
): readonly Version[] {
  const seen = new Set<string>();
  return history
    .map(({ sha, document }, index) => {
      const next = history[index - 1];
      const holds = holdsBetween(sha, next?.sha ?? null, ageOf);
      return { document, version: { sha, holds, isCurrent: isInGit && index === 0 } };
    })
    .filter(({ document }) => !seen.has(document) && seen.add(document))
    .map(({ version }) => version)
    .slice(0, versionsShown);
}

/** `next`: the commit that brought the next version, null: none did. Commits whose age is not known hold only themselves. */
function holdsBetween(
  sha: string,
  next: string | null,
  ageOf: ReadonlyMap<string, number>,
): Version["holds"] {
  const oldest = ageOf.get(sha);
  const newest = next === null ? -1 : ageOf.get(next);
  return (revision) => {
    const age = ageOf.get(revision);
    if (age === undefined || oldest === undefined || newest === undefined) return revision === sha;
    return age <= oldest && age > newest;
  };
}
