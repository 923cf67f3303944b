// Through which commits a stack's manifest became what it is: followed from file to file, back to where the stack
// began. Reads Git alone.
import type { BranchChange, Commits } from "../../ports.ts";
import { documentOf } from "./documents.ts";

/** A commit of the branch that brought the manifest as it is in it. */
export interface ManifestChange {
  readonly sha: string;
  readonly document: string;
}

export interface SoughtManifest {
  readonly stack: string;
  readonly revision: string;
  /** Where the manifest is at the revision; null when it is not in Git there. */
  readonly file: string | null;
}

interface Found {
  readonly path: string;
  readonly document: string;
}

/** For one stack: each is a process. */
const filesRead = 100;

/**
 * Every change of the manifest, the newest first, in those of `changes` (the newest first) up to where the stack
 * began; what was there before a removal too. Ends early, and without what is not certain, after many files.
 */
export async function manifestHistory(
  commits: Pick<Commits, "file">,
  { stack, revision, file }: SoughtManifest,
  changes: readonly BranchChange[],
): Promise<readonly ManifestChange[]> {
  const reader = manifestReader(commits, stack);
  const found: ManifestChange[] = [];
  let path = file;
  let document = file === null ? null : await reader.read(revision, file);
  for (const { sha, parent, paths } of changes) {
    if (reader.isSpent()) break;
    if (path !== null && !paths.includes(path)) continue;
    const before = parent === null ? null : await reader.first(parent, placesIn(paths, path));
    path = before?.path ?? path;
    if ((before?.document ?? null) === document) continue;
    // Nobody looked everywhere: it may have been there before.
    if (before === null && reader.isSpent()) break;
    if (document !== null) found.push({ sha, document });
    // What had the name before that was another stack.
    if (before === null) break;
    document = before.document;
  }
  return found;
}

/** Reads the manifest of one stack at commits, a bounded number of times. */
function manifestReader(commits: Pick<Commits, "file">, stack: string) {
  let left = filesRead;

  async function read(commit: string, path: string): Promise<string | null> {
    left -= 1;
    const text = await commits.file(commit, path);
    const document = text?.includes(stack) === true ? documentOf(text, stack) : null;
    return document?.trimEnd() ?? null;
  }

  return {
    read,
    isSpent: () => left <= 0,
    /** In the first of these files that holds it. */
    async first(commit: string, paths: readonly string[]): Promise<Found | null> {
      for (const path of paths) {
        if (left <= 0) return null;
        const document = await read(commit, path);
        if (document !== null) return { path, document };
      }
      return null;
    },
  };
}

/** Where a manifest may have been before a commit: where it is, or in another file when the commit moved it. */
function placesIn(paths: readonly string[], path: string | null): readonly string[] {
  const mayHold = paths.filter((one) => /\.ya?ml$/i.test(one));
  return [...mayHold.filter((one) => one === path), ...mayHold.filter((one) => one !== path)];
}
