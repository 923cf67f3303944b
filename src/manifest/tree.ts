// A manifest between YAML and its schema: plain nodes that each know where they were written, so that a
// problem found after templates, overlays and references still points at the value's own place.
import type { Place } from "../model/desired.ts";

/** A piece of a text with references: literal, or the path inside `$(…)`. */
export type Part =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "reference"; readonly path: string };

export interface ScalarNode {
  readonly kind: "scalar";
  readonly place: Place;
  readonly value: string | number | boolean | null;
  /** As it was spelled: `1.10` of a number. */
  readonly spelling: string;
  /** Of a block of text, where its first character stands. */
  readonly textAt?: Place;
  /** What is left to resolve; null when `value` is final. */
  readonly parts: readonly Part[] | null;
  /** Whether a secret is in it. */
  readonly secret: boolean;
  /** Which ones, as the manifest names them. */
  readonly secretNames: readonly string[];
  /** How it was written with the secrets in it unresolved; only ever compared, never shown. */
  readonly written?: string;
}

export interface ListNode {
  readonly kind: "list";
  readonly place: Place;
  readonly items: readonly TreeNode[];
}

export interface Entry {
  readonly keyPlace: Place;
  readonly node: TreeNode;
}

export interface MapNode {
  readonly kind: "map";
  readonly place: Place;
  readonly entries: ReadonlyMap<string, Entry>;
}

export type TreeNode = ScalarNode | ListNode | MapNode;
export type Path = readonly (string | number)[];

export function scalar(
  value: ScalarNode["value"],
  place: Place,
  secretNames: readonly string[] = [],
): ScalarNode {
  return {
    kind: "scalar",
    place,
    value,
    spelling: value === null ? "" : String(value),
    parts: null,
    secret: secretNames.length > 0,
    secretNames,
  };
}

export function emptyMap(place: Place): MapNode {
  return { kind: "map", place, entries: new Map() };
}

export function child(node: TreeNode | undefined, key: string): TreeNode | undefined {
  return node?.kind === "map" ? node.entries.get(key)?.node : undefined;
}

export function at(node: TreeNode | undefined, path: Path): TreeNode | undefined {
  let current = node;
  for (const key of path) {
    if (current?.kind === "map") current = current.entries.get(String(key))?.node;
    else if (current?.kind === "list") current = current.items[Number(key)];
    else return undefined;
  }
  return current;
}

/** A final text, or null where it is something else. */
export function textOf(node: TreeNode | undefined): string | null {
  return node?.kind === "scalar" && node.parts === null && typeof node.value === "string"
    ? node.value
    : null;
}

export function isNull(node: TreeNode): boolean {
  return node.kind === "scalar" && node.value === null && node.parts === null;
}

/** Where the deepest existing node of a path is; `key` asks for the key that introduces it. */
export function placeOf(root: TreeNode, path: Path, want: "key" | "value" = "value"): Place {
  let current: TreeNode = root;
  let place = root.place;
  for (const [index, key] of path.entries()) {
    const last = index === path.length - 1;
    if (current.kind === "map") {
      const entry = current.entries.get(String(key));
      if (entry === undefined) return place;
      place = want === "key" || (last && isNull(entry.node)) ? entry.keyPlace : entry.node.place;
      current = entry.node;
    } else if (current.kind === "list") {
      const item = current.items[Number(key)];
      if (item === undefined) return place;
      place = item.place;
      current = item;
    } else return place;
  }
  return place;
}

/** Every scalar below a node with its path. */
export function* scalars(
  node: TreeNode,
  path: Path = [],
): Generator<{ readonly path: Path; readonly node: ScalarNode }> {
  switch (node.kind) {
    case "scalar":
      yield { path, node };
      return;
    case "list":
      for (const [index, item] of node.items.entries()) yield* scalars(item, [...path, index]);
      return;
    case "map":
      for (const [key, entry] of node.entries) yield* scalars(entry.node, [...path, key]);
  }
}

/** Whether a secret is anywhere in it; most trees have none, and need no look at their paths. */
export function holdsSecret(node: TreeNode): boolean {
  switch (node.kind) {
    case "scalar":
      return node.secret;
    case "list":
      return node.items.some(holdsSecret);
    case "map":
      for (const { node: value } of node.entries.values()) if (holdsSecret(value)) return true;
      return false;
  }
}

/** Every scalar with a secret in it with its path. */
export function* secretScalars(root: TreeNode): ReturnType<typeof scalars> {
  if (!holdsSecret(root)) return;
  for (const found of scalars(root)) if (found.node.secret) yield found;
}

/**
 * The tree with each scalar replaced; null leaves a key or an item out. What stays as it is is shared: most
 * manifests hold few references, and a copy of each tree at each step is most of what a load would cost.
 */
export function mapScalars(
  node: TreeNode,
  change: (scalar: ScalarNode) => TreeNode | null,
): TreeNode | null {
  switch (node.kind) {
    case "scalar":
      return change(node);
    case "list": {
      const items = node.items.map((item) => mapScalars(item, change));
      if (items.every((item, index) => item === node.items[index])) return node;
      return { ...node, items: items.filter((item) => item !== null) };
    }
    case "map": {
      let entries: Map<string, Entry> | null = null;
      for (const [key, entry] of node.entries) {
        const changed = mapScalars(entry.node, change);
        if (changed === entry.node) continue;
        entries ??= new Map(node.entries);
        if (changed === null) entries.delete(key);
        else entries.set(key, { keyPlace: entry.keyPlace, node: changed });
      }
      return entries === null ? node : { ...node, entries };
    }
  }
}
