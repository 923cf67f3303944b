// What a stack says of its previews, but for the overlay: label, time, limit and secrets.
import { parseDurationMs } from "../../lib/duration.ts";
import type { PreviewSpec } from "../../model/desired.ts";
import { previewHeadSchema } from "../../model/manifest-preview.ts";
import { secretName } from "../../model/secret-name.ts";
import { without } from "../merge.ts";
import { finish } from "../resolve.ts";
import type { FinishScope } from "../resolve.ts";
import { placeOf, secretScalars } from "../tree.ts";
import type { TreeNode } from "../tree.ts";
import { showPath, validateTree } from "../validate.ts";

const shortestMs = 10 * 60_000;
const longestMs = 90 * 24 * 3_600_000;

/** Null where it has problems, which are told. */
export function readPreviewSpec(node: TreeNode, scope: FinishScope): PreviewSpec | null {
  const { report, stack } = scope;
  const before = report.count();
  const tree = finish(without(node, ["overlay"], node), scope);
  for (const { path, node: found } of secretScalars(tree)) {
    const field = showPath(["preview", ...path]);
    report.add(
      found.place,
      `\`${field}\` is visible to everybody and cannot hold a secret`,
      null,
      stack,
    );
  }
  if (report.count() > before) return null;
  const given = validateTree(previewHeadSchema, tree, { report, stack, prefix: ["preview"] });
  if (given === null) return null;
  const ttlMs = parseDurationMs(given.ttl) ?? 0;
  if (ttlMs < shortestMs || ttlMs > longestMs) {
    report.add(placeOf(tree, ["ttl"]), "`preview.ttl` must be between 10m and 90d", null, stack);
    return null;
  }
  const { label, limit, secrets } = given;
  const listed = Array.isArray(secrets)
    ? secrets.map((name): [string, string] => [name, name])
    : Object.entries(secrets);
  return {
    ...{ label, ttlMs, limit },
    secrets: Object.fromEntries(
      listed
        .map(([name, other]): [string, string] => [secretName(name), other])
        .sort(([a], [b]) => (a < b ? -1 : 1)),
    ),
  };
}
