// What Git would hold after changes that nobody committed yet. Pure.
import type { FileChange } from "../../model/forge.ts";
import type { SourceFile, SourceTree } from "../../ports.ts";

/** A tree as it would be after the changes. */
export function treeWith(tree: SourceTree, changes: readonly FileChange[]): SourceTree {
  const changed = new Map(changes.map(({ path, content }) => [path, content]));
  const encoder = new TextEncoder();
  const kept = tree.files.filter(({ path }) => !changed.has(path));
  const added = [...changed].flatMap(([path, content]): SourceFile[] =>
    content === null ? [] : [{ path, content: encoder.encode(content) }],
  );
  const files = [...kept, ...added].sort((a, b) => (a.path < b.path ? -1 : 1));
  return { ...tree, files };
}
