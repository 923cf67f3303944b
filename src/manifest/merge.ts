// Laying one tree over another (a stack over its template, an overlay over the services): maps merge
// recursively, lists and scalars replace, an explicit null removes.
import { emptyMap, isNull } from "./tree.ts";
import type { Entry, MapNode, TreeNode } from "./tree.ts";

export function mergeTrees(base: TreeNode, over: TreeNode): TreeNode {
  if (base.kind !== "map" || over.kind !== "map") return over;
  const entries = new Map<string, Entry>(base.entries);
  for (const [key, entry] of over.entries) {
    const below = entries.get(key);
    if (below === undefined) entries.set(key, entry);
    else entries.set(key, { ...entry, node: mergeTrees(below.node, entry.node) });
  }
  return { ...over, entries };
}

/** The tree without the keys and items that are null: what a merge removed. Shares what has none. */
export function withoutNulls(node: TreeNode): TreeNode {
  switch (node.kind) {
    case "scalar":
      return node;
    case "list": {
      const items = node.items.map((item) => (isNull(item) ? null : withoutNulls(item)));
      if (items.every((item, index) => item === node.items[index])) return node;
      return { ...node, items: items.filter((item) => item !== null) };
    }
    case "map": {
      let entries: Map<string, Entry> | null = null;
      for (const [key, entry] of node.entries) {
        const left = isNull(entry.node) ? null : withoutNulls(entry.node);
        if (left === entry.node) continue;
        entries ??= new Map(node.entries);
        if (left === null) entries.delete(key);
        else entries.set(key, { ...entry, node: left });
      }
      return entries === null ? node : { ...node, entries };
    }
  }
}

/** A map's entries without some of them; an empty map where the node is none. */
export function without(
  node: TreeNode | undefined,
  keys: Iterable<string>,
  fallback: TreeNode,
): MapNode {
  if (node?.kind !== "map") return emptyMap(fallback.place);
  const left = new Map(node.entries);
  for (const key of keys) left.delete(key);
  return { ...node, entries: left };
}
