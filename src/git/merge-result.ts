// What merging one commit into another would give, computed in a bare repository: no work tree, no ref
// and no commit comes of it, only a tree.
import type { LocalGit } from "./read-tree.ts";
import { maxListBytes } from "./read-tree.ts";

export interface MergeResult {
  /** The merged tree; the head itself when it was not merged. */
  readonly treeish: string;
  readonly outcome: "merged" | "conflict" | "unrelated" | "git-too-old";
  /** Between where the head left the base and the head, sorted; a rename is both its names. */
  readonly changedPaths: readonly string[];
}

/** How git answers a command that it does not know in this form. */
const usageExitCode = 129;

/** Null when git fails for another reason than what the commits hold: its words are in `failed`. */
export async function mergeResult(
  git: LocalGit,
  base: string,
  head: string,
  failed: (stderr: string) => void,
): Promise<MergeResult | null> {
  const common = await git(["merge-base", base, head]);
  if (common.exitCode === 1) {
    // Without a common past all that the head has is its own.
    const names = await git(["ls-tree", "-r", "-z", "--name-only", "--full-tree", head], {
      maxStdoutBytes: maxListBytes,
    });
    if (names.exitCode === 0) {
      return { treeish: head, outcome: "unrelated", changedPaths: paths(names.stdout) };
    }
    failed(names.stderr);
    return null;
  }
  const ancestor = firstLine(common.stdout);
  const changes = await git(
    ["diff-tree", "-r", "-z", "--name-only", "--no-renames", ancestor, head, "--"],
    { maxStdoutBytes: maxListBytes },
  );
  // Written as new objects that nothing names: git removes them when they are weeks old.
  const merged = await git(
    ["merge-tree", "--write-tree", "-z", "--name-only", "--no-messages", base, head],
    { maxStdoutBytes: maxListBytes },
  );
  if (common.exitCode !== 0 || changes.exitCode !== 0) {
    failed(common.exitCode === 0 ? changes.stderr : common.stderr);
    return null;
  }
  const changedPaths = paths(changes.stdout);
  const tree = /^[0-9a-f]+/.exec(merged.stdout.toString("latin1", 0, 64))?.[0];
  switch (merged.exitCode) {
    case 0:
      if (tree !== undefined) return { treeish: tree, outcome: "merged", changedPaths };
      break;
    case 1:
      if (tree !== undefined) return { treeish: head, outcome: "conflict", changedPaths };
      break;
    case usageExitCode:
      // `merge-tree --write-tree` came with git 2.38.
      return { treeish: head, outcome: "git-too-old", changedPaths };
    default:
  }
  failed(merged.stderr);
  return null;
}

function firstLine(output: Buffer): string {
  return output.toString("latin1").split("\n", 1)[0] ?? "";
}

function paths(output: Buffer): readonly string[] {
  const names = output.toString("utf8").split("\0");
  return [...new Set(names.filter((name) => name !== ""))].sort();
}
