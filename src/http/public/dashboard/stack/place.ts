// What a stack's page shows: a tab, and a node of the tree. Pure; the address holds both.
import type { StackDetail } from "../../../api/shapes/dashboard.ts";
import type { TreeNode } from "../../../api/shapes/stack.ts";

export const tabs = ["now", "change", "rollout", "events", "logs", "history", "manifest"] as const;
export type Tab = (typeof tabs)[number];

export interface Place {
  readonly tab: Tab;
  /** The id of a node; null: the whole stack. */
  readonly node: string | null;
}

export function placeOf(path: string): Place {
  const query = new URL(path, "http://localhost").searchParams;
  const node = query.get("node");
  return {
    tab: tabs.find((tab) => tab === query.get("tab")) ?? "now",
    node: node === null || node === "" ? null : node,
  };
}

export function pathOf(stack: string, { tab, node }: Place): string {
  const query = new URLSearchParams();
  if (tab !== "now") query.set("tab", tab);
  if (node !== null) query.set("node", node);
  const written = query.toString().replaceAll("%2F", "/");
  return `/stacks/${encodeURIComponent(stack)}${written === "" ? "" : `?${written}`}`;
}

/** From the root to the node; empty when there is no such node. */
export function wayTo(tree: TreeNode | null, id: string | null): readonly TreeNode[] {
  if (tree === null || id === null) return [];
  if (tree.id === id) return [tree];
  for (const child of tree.children) {
    const way = wayTo(child, id);
    if (way.length > 0) return [tree, ...way];
  }
  return [];
}

const serviceKinds: ReadonlySet<TreeNode["kind"]> = new Set([
  ...(["application", "database", "compose", "job"] as const),
]);

/** The service that a node is or belongs to; null above services. */
export function serviceOf(stack: StackDetail, id: string | null): string | null {
  const node = wayTo(stack.tree, id).findLast(({ kind }) => serviceKinds.has(kind));
  return node?.id ?? null;
}

/** A service's name for people. */
export function serviceName(stack: StackDetail, key: string): string {
  return stack.services.find(({ service }) => service === key)?.name ?? key.replace(/^[^/]*\//, "");
}

export interface Line {
  readonly node: TreeNode;
  /** 1 for the root. */
  readonly level: number;
  readonly parent: string | null;
}

/** The tree as its lines from top to bottom. */
export function linesOf(tree: TreeNode, level = 1, parent: string | null = null): readonly Line[] {
  const below = tree.children.flatMap((child) => linesOf(child, level + 1, tree.id));
  return [{ node: tree, level, parent }, ...below];
}
