// The same value with its leaves changed, each by its path.
import type { Path } from "./taking.ts";

export type Leaf = string | number | boolean | null | undefined;

export function mapLeaves(
  value: unknown,
  change: (path: Path, leaf: Leaf) => unknown,
  path: Path = [],
): unknown {
  if (Array.isArray(value)) {
    return value.map((one, index) => mapLeaves(one, change, [...path, index]));
  }
  if (typeof value !== "object" || value === null) return change(path, value as Leaf);
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [key, mapLeaves(one, change, [...path, key])]),
  );
}

/** The same for texts alone; everything else stays. */
export function mapTexts(value: unknown, change: (path: Path, text: string) => string): unknown {
  return mapLeaves(value, (path, leaf) => (typeof leaf === "string" ? change(path, leaf) : leaf));
}
