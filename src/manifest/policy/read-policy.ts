// One policy from its document. One with mistakes is told, and holds all that it may be about: it is never taken for
// one that allows more than was meant.
import { policySchema, matchSchema } from "../../model/manifest-policy.ts";
import type { Allow, Match } from "../../model/manifest-policy.ts";
import { parseMemoryBytes } from "../../model/quantity.ts";
import type { PolicyDocument } from "../file-documents.ts";
import { createCounter } from "../report.ts";
import type { Report } from "../report.ts";
import { tellNulls } from "../stack-body.ts";
import { at, mapScalars, placeOf, scalar } from "../tree.ts";
import type { Path, ScalarNode, TreeNode } from "../tree.ts";
import { showPath, validateTree } from "../validate.ts";
import type { AllowedList, BrokenPolicy, Limit, Policy, PolicyMatch } from "./policy.ts";
import { flagNames, listNames, listRules } from "./rules.ts";
import type { AmountName, FlagName, ListName } from "./rules.ts";
import { byName, byPath } from "./subjects.ts";

export type ReadPolicy =
  | { readonly kind: "policy"; readonly policy: Policy }
  | { readonly kind: "broken"; readonly broken: BrokenPolicy };

const allow = ["spec", "allow"];

function isReadable(name: string): boolean {
  return name.startsWith("STACK_") || name === "LOG_INGEST_URL";
}

/** The tree with `$(env.…)` filled in; one that is not set stays as it is written, and matches nothing. */
function resolved(
  root: TreeNode,
  variables: Readonly<Record<string, string>>,
  report: Report,
): TreeNode {
  const valueOf = (path: string, node: ScalarNode): string => {
    const name = path.startsWith("env.") ? path.slice("env.".length) : "";
    const value = Object.hasOwn(variables, name) ? variables[name] : undefined;
    if (isReadable(name)) return value ?? `$(${path})`;
    const message = `\`$(${path})\` cannot be used in a policy`;
    report.add(node.place, message, "only $(env.STACK_…) and $(env.LOG_INGEST_URL)");
    return "";
  };
  const filled = mapScalars(root, (node) => {
    if (node.parts === null) return node;
    const texts = node.parts.map((part) =>
      part.kind === "text" ? part.text : valueOf(part.path, node),
    );
    return scalar(texts.join(""), node.place);
  });
  return filled ?? root;
}

function matchOf({ paths, labels, templates }: Match): PolicyMatch {
  return {
    // A folder is all that is in it.
    paths: paths?.map((path) => byPath(path.endsWith("/") ? `${path}**` : path)) ?? null,
    labels: Object.entries(labels ?? {}).map(([name, value]) => [name, byName(value)] as const),
    templates: templates?.map(byName) ?? null,
  };
}

/** What is known of a policy that has mistakes elsewhere; null: it may be about every stack. */
function matchOfBroken(root: TreeNode): PolicyMatch | null {
  const node = at(root, ["spec", "match"]);
  if (node === undefined) return null;
  const report = createCounter();
  tellNulls(node, report, null);
  const match = validateTree(matchSchema, node, { report, stack: null });
  return match === null || report.count() > 0 ? null : matchOf(match);
}

function listOf(
  list: ListName,
  patterns: readonly string[],
  root: TreeNode,
  report: Report,
): AllowedList {
  const { matcher, refuses } = listRules[list];
  for (const [index, pattern] of patterns.entries()) {
    const wrong = refuses?.(pattern) ?? null;
    const path: Path = [...allow, list, index];
    if (wrong !== null) report.add(placeOf(root, path), `\`${showPath(path)}\` ${wrong}`);
  }
  const unset = patterns.flatMap((pattern) =>
    [...pattern.matchAll(/\$\(env\.([A-Za-z0-9_]+)\)/g)].map(([, name = ""]) => name),
  );
  return {
    matchers: patterns.map(matcher),
    place: placeOf(root, [...allow, list]),
    unset: [...new Set(unset)],
  };
}

function limitsOf({ replicas, memory }: Allow, root: TreeNode, report: Report): Policy["limits"] {
  const limit = (name: AmountName, which: string, most: number | null): Limit | null =>
    most === null ? null : { most, place: placeOf(root, [...allow, name, which]) };
  const bytes = (which: "perStack" | "total"): number | null => {
    const text = memory?.[which];
    if (text === undefined) return null;
    const parsed = parseMemoryBytes(text);
    if (parsed === null) {
      const path = [...allow, "memory", which];
      const message = `\`${showPath(path)}\` must be an amount of memory`;
      report.add(placeOf(root, path), message, "such as 512Mi or 4Gi");
    }
    return parsed;
  };
  return {
    replicas: {
      perStack: limit("replicas", "perStack", replicas?.perStack ?? null),
      total: limit("replicas", "total", replicas?.total ?? null),
    },
    memory: {
      perStack: limit("memory", "perStack", bytes("perStack")),
      total: limit("memory", "total", bytes("total")),
    },
  };
}

/** Problems go to the report. Pure. */
export function readPolicy(
  document: PolicyDocument,
  variables: Readonly<Record<string, string>>,
  report: Report,
): ReadPolicy {
  const { name, place } = document;
  const before = report.count();
  const root = resolved(document.root, variables, report);
  tellNulls(root, report, null);
  const given = validateTree(policySchema, root, { report, stack: null });
  const broken = (): ReadPolicy => ({
    kind: "broken",
    broken: { name, place, match: matchOfBroken(root) },
  });
  if (given === null || name === null) return broken();
  const { allow: allowed, match } = given.spec;
  const lists = listNames.flatMap((list): [ListName, AllowedList][] => {
    const patterns = allowed[list];
    return patterns === undefined ? [] : [[list, listOf(list, patterns, root, report)]];
  });
  const forbidden = flagNames.flatMap((flag): [FlagName, Policy["place"]][] =>
    allowed[flag] ? [] : [[flag, placeOf(root, [...allow, flag])]],
  );
  const limits = limitsOf(allowed, root, report);
  if (document.broken || report.count() > before) return broken();
  const { manifests } = allowed;
  const policy: Policy = {
    ...{ name, place, limits },
    match: matchOf(match),
    lists: new Map(lists),
    forbidden: new Map(forbidden),
    manifests:
      manifests === undefined
        ? null
        : { kinds: new Set(manifests), place: placeOf(root, [...allow, "manifests"]) },
    text: JSON.stringify(given.spec),
  };
  return { kind: "policy", policy };
}

/** A file, or what stands in the place of one, of which nothing can be read. */
export function unreadPolicy(file: string): BrokenPolicy {
  return { name: null, place: { file, line: 1, column: 1 }, match: null };
}
