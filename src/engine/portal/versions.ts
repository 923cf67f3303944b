// The versions of a stack's manifest in Git, each with the commit that brought it: what a stack can return to.
// Read from Git alone, so that a restart or a lost store changes nothing of it. Commits that changed other
// stacks of the same file, or only moved it, are no versions.
import type { BranchChange, Commits } from "../../ports.ts";
import { documentOf } from "./documents.ts";

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
/** For one stack: each is a process. */
const filesRead = 100;
const stacksKept = 200;

interface Branch {
  readonly changes: readonly BranchChange[];
  /** How many commits before the newest one. */
  readonly ageOf: ReadonlyMap<string, number>;
}

interface Found {
  readonly sha: string;
  readonly document: string;
}

/** Where a manifest may have been before a commit: where it is, or in another file when the commit moved it. */
function inOrder(paths: readonly string[], path: string | null): readonly string[] {
  const mayHold = paths.filter((one) => /\.ya?ml$/i.test(one));
  return [...mayHold.filter((one) => one === path), ...mayHold.filter((one) => one !== path)];
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

  /** Every change of the manifest, the newest first; what was there before a removal too. */
  async function search(
    stack: string,
    revision: string,
    file: string | null,
    changes: readonly BranchChange[],
  ): Promise<readonly Found[]> {
    let left = filesRead;
    const read = async (commit: string, path: string): Promise<string | null> => {
      left -= 1;
      const text = await commits.file(commit, path);
      const document = text?.includes(stack) === true ? documentOf(text, stack) : null;
      return document?.trimEnd() ?? null;
    };
    const found: Found[] = [];
    let path = file;
    let document = file === null ? null : await read(revision, file);
    for (const { sha, parent, paths } of changes) {
      if (left <= 0) break;
      if (path !== null && !paths.includes(path)) continue;
      let before: string | null = null;
      for (const place of inOrder(paths, path)) {
        if (parent === null || before !== null || left <= 0) break;
        before = await read(parent, place);
        if (before !== null) path = place;
      }
      if (before === document) continue;
      // Nobody looked everywhere: it may have been there before.
      if (before === null && left <= 0) break;
      if (document !== null) found.push({ sha, document });
      document = before;
      // What had the name before that was another stack.
      if (before === null) break;
    }
    return found;
  }

  async function versionsOf(
    stack: string,
    revision: string,
    file: string | null,
  ): Promise<readonly Version[]> {
    const { changes, ageOf } = await branchAt(revision);
    const found = await search(stack, revision, file, changes);
    const seen = new Set<string>();
    return found
      .map(({ sha, document }, index): Version & { readonly document: string } => {
        const oldest = ageOf.get(sha);
        const next = found[index - 1];
        const newest = next === undefined ? -1 : ageOf.get(next.sha);
        const holds = (id: string): boolean => {
          const age = ageOf.get(id);
          if (age === undefined || oldest === undefined || newest === undefined) return id === sha;
          return age <= oldest && age > newest;
        };
        return { sha, holds, isCurrent: file !== null && index === 0, document };
      })
      .filter(({ document }) => !seen.has(document) && seen.add(document))
      .slice(0, versionsShown);
  }

  return {
    of(stack, revision, file) {
      const key = [stack, revision, file ?? ""].join("\n");
      const cached = known.get(key);
      if (cached !== undefined) return cached;
      const asked = versionsOf(stack, revision, file);
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
