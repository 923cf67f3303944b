// What a stack says beside its services: description, project, sync, variables.
import { parseDurationMs } from "../lib/duration.ts";
import type { DesiredStack, SyncWindow, SecretUse } from "../model/desired.ts";
import { stackHeaderSchema } from "../model/manifest.ts";
import { descriptionOf } from "./build-service.ts";
import { isCron, isTimezone } from "./cron.ts";
import { checkVariables } from "./env-rules.ts";
import { finish } from "./resolve.ts";
import type { FinishScope } from "./resolve.ts";
import { refuseVariables } from "./size-rules.ts";
import { placeOf, secretScalars } from "./tree.ts";
import type { Path, TreeNode } from "./tree.ts";
import { showPath, validateTree } from "./validate.ts";

const example = 'such as "0 6 * * 1-5"';

/** Longer ones are a mistake: a stack that may always be changed needs no window. */
const longestWindowMs = 7 * 24 * 3_600_000;

export type Header = Pick<
  DesiredStack,
  | "description"
  | "project"
  | "dependsOn"
  | "deletionPolicy"
  | "suspend"
  | "adopt"
  | "sync"
  | "variables"
  | "secretVariables"
  | "secretVariableUses"
>;

/** The header, or null when it has problems, which are told. */
export function buildHeader(
  name: string,
  unresolved: TreeNode,
  metadata: TreeNode,
  scope: FinishScope,
): Header | null {
  const { report, stack } = scope;
  const before = report.count();
  const tree = finish(unresolved, scope);
  const tell = (root: TreeNode, path: Path, message: string, hint: string | null = null): void =>
    report.add(placeOf(root, path), `\`${showPath(path)}\` ${message}`, hint, stack);
  const open = "is visible to everybody and cannot hold a secret";
  for (const { path, node } of secretScalars(metadata)) {
    report.add(node.place, `\`${showPath(["metadata", ...path])}\` ${open}`, null, stack);
  }
  const uses = new Map<string, SecretUse>();
  for (const { path, node } of secretScalars(tree)) {
    if (path[0] === "variables" && path.length === 2) {
      uses.set(String(path[1]), { names: node.secretNames, written: node.written ?? "" });
    } else tell(tree, path, open);
  }
  if (report.count() > before) return null;
  const given = validateTree(stackHeaderSchema, onlyKnown(tree), { report, stack });
  if (given === null) return null;
  for (const { key, message, hint, on } of checkVariables(given.variables)) {
    const path = ["variables", key];
    report.add(placeOf(tree, path, on), `\`${showPath(path)}\` ${message}`, hint, stack);
  }
  const large = refuseVariables(given.variables);
  if (large !== null) {
    report.add(placeOf(tree, ["variables"], "key"), `\`variables\` ${large[0]}`, large[1], stack);
  }
  const windows = given.sync.windows.map((window, index): SyncWindow => {
    const path = ["sync", "windows", index];
    if (!isCron(window.allow)) {
      tell(
        tree,
        [...path, "allow"],
        "must be a cron expression of five fields that can occur",
        example,
      );
    }
    if (!isTimezone(window.timezone)) {
      tell(tree, [...path, "timezone"], "is not a time zone", "such as UTC or Europe/Amsterdam");
    }
    const forMs = parseDurationMs(window.for) ?? 0;
    if (forMs < 60_000) tell(tree, [...path, "for"], "must be at least 1m");
    if (forMs > longestWindowMs) tell(tree, [...path, "for"], "must be at most 7d");
    return { allow: window.allow.trim(), forMs, timezone: window.timezone };
  });
  if (given.sync.drift === "propose" && !given.sync.selfHeal) {
    const message = "is `propose`, and `sync.selfHeal` is false";
    const hint = "leave selfHeal out: a proposal that is closed puts the server back";
    tell(tree, ["sync", "drift"], message, hint);
  }
  const description = descriptionOf(given.description, (message) =>
    tell(tree, ["description"], message),
  );
  if (report.count() > before) return null;
  return {
    description,
    project: given.project ?? name,
    dependsOn: [...new Set(given.dependsOn)].sort(),
    deletionPolicy: given.deletionPolicy,
    suspend: given.suspend,
    adopt: given.adopt,
    sync: {
      ...{ selfHeal: given.sync.selfHeal, prune: given.sync.prune, windows },
      ...(given.sync.drift === "propose" && { drift: "propose" }),
    },
    variables: given.variables,
    secretVariables: new Set(uses.keys()),
    secretVariableUses: uses,
  };
}

/** Unknown keys have been told where they were written, beside all the keys that are known there. */
function onlyKnown(tree: TreeNode): TreeNode {
  if (tree.kind !== "map") return tree;
  const entries = [...tree.entries].filter(([key]) => Object.hasOwn(stackHeaderSchema.shape, key));
  return { ...tree, entries: new Map(entries) };
}
