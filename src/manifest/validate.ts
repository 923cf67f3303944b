// Checks a tree against a schema and tells every issue as a problem at the value's own place. Messages
// never repeat a value: it may hold a secret.
import type { z } from "zod";
import type { Place } from "../model/desired.ts";
import { sections } from "../model/manifest.ts";
import { refusalHint } from "../model/refusal.ts";
import { composeHint } from "./compose-words.ts";
import { unknownKey } from "./unknown-key.ts";
import { withoutNulls } from "./merge.ts";
import { shorten } from "./parse.ts";
import type { Report } from "./report.ts";
import { knownKeys, toPlain } from "./schema-walk.ts";
import { nearest } from "./suggest.ts";
import { at, placeOf, textOf } from "./tree.ts";
import type { Path, TreeNode } from "./tree.ts";

export interface ValidateOptions {
  readonly report: Report;
  readonly stack: string | null;
  /** What stands before the tree's own paths in messages. */
  readonly prefix?: Path;
  /** Where the tree's own key is, for what is missing in it. */
  readonly keyPlace?: Place;
  /** Where what is missing is no problem: a template or an overlay's base may have it. */
  readonly partial?: (path: Path) => boolean;
}

type Issue = z.core.$ZodIssue;

const typeWords: Readonly<Record<string, string>> = {
  string: "text",
  int: "a whole number",
  number: "a number",
  boolean: "true or false",
  array: "a list",
  object: "a map",
  record: "a map",
};

/** `applications.web.domains[0].host`: the same for a value whichever layer wrote it. */
export function showPath(path: Path): string {
  let rest = path[0] === "spec" ? path.slice(1) : path;
  if (rest[0] === "stack" && path[0] === "spec") rest = rest.slice(1);
  if (rest[0] === "environments" && isSection(rest[2])) rest = rest.slice(2);
  const shown = rest.map((key, index) =>
    typeof key === "number" ? `[${key}]` : `${index === 0 ? "" : "."}${shorten(key)}`,
  );
  return shown.join("");
}

function isSection(key: Path[number] | undefined): boolean {
  return sections.some((section) => section === key);
}

/** The schema's output, or null when there were problems. References that are left are passed over. */
export function validateTree<S extends z.ZodType>(
  schema: S,
  tree: TreeNode,
  options: ValidateOptions,
): z.output<S> | null {
  const root = withoutNulls(tree);
  const result = schema.safeParse(toPlain(root, schema), { reportInput: false });
  if (result.success) return result.data;
  for (const issue of result.error.issues) tell(schema, root, issue, options);
  return null;
}

/**
 * What is left of a tree with problems once its wrong top-level fields are taken away: enough to look for
 * the rest of the problems, so that all are told at once. Null when even that is not valid. `gone`: fields that were
 * taken away before.
 */
export function salvage<S extends z.ZodType>(
  schema: S,
  tree: TreeNode,
  placeholders: (gone: ReadonlySet<string>) => Readonly<Record<string, unknown>>,
  gone: ReadonlySet<string>,
): z.output<S> | null {
  const given = toPlain(withoutNulls(tree), schema);
  const isMap = typeof given === "object" && given !== null;
  const plain = isMap ? { ...placeholders(gone), ...given } : given;
  const result = schema.safeParse(plain, { reportInput: false });
  if (result.success) return result.data;
  if (typeof plain !== "object" || plain === null) return null;
  const wrong = new Set(
    result.error.issues.flatMap((issue) =>
      issue.code === "unrecognized_keys" && issue.path.length === 0
        ? issue.keys
        : [String(issue.path[0])],
    ),
  );
  const rest = Object.entries(plain).filter(([key]) => !wrong.has(key));
  const repaired = schema.safeParse({ ...placeholders(wrong), ...Object.fromEntries(rest) });
  return repaired.success ? repaired.data : null;
}

function tell(schema: z.ZodType, root: TreeNode, issue: Issue, options: ValidateOptions): void {
  const path = issue.path as Path;
  if (hasReference(root, path)) return;
  const { report, stack, prefix = [] } = options;
  const add = (place: Place, at: Path, message: string, hint: string | null = null): void => {
    const shown = showPath([...prefix, ...at]);
    // What is around everything is named as it is written.
    const whole = [...prefix, ...at].join(".");
    const name = shown === "" && whole !== "" ? whole : shown;
    report.add(place, name === "" ? `it ${message}` : `\`${name}\` ${message}`, hint, stack);
  };
  if (issue.code === "unrecognized_keys") {
    const known = knownKeys(schema, root, path);
    for (const key of issue.keys) {
      const full = [...path, key];
      const instead = composeHint([...prefix, ...full], at(root, full));
      const { message, hint } = unknownKey(key, known);
      if (instead === null) add(placeOf(root, full, "key"), full, message, hint);
      else add(placeOf(root, full, "key"), full, "is unknown", instead);
    }
    return;
  }
  const node = at(root, path);
  if (node === undefined) {
    if (options.partial?.(path) !== true) {
      const place = placeOf(root, path.slice(0, -1), "key");
      add(path.length === 1 ? (options.keyPlace ?? place) : place, path, "is required");
    }
    return;
  }
  if (issue.code === "invalid_key") {
    const first = issue.issues[0];
    const text = first === undefined ? "is not a valid name" : issueText(first);
    add(placeOf(root, path, "key"), path, text);
    return;
  }
  const instead = issue.code === "invalid_type" ? composeHint([...prefix, ...path], node) : null;
  add(placeOf(root, path), path, issueText(issue), instead ?? issueHint(issue, node));
}

function issueHint(issue: Issue, node: TreeNode): string | null {
  if (issue.code === "custom") return refusalHint(issue.params);
  const written = node.kind === "scalar" && !node.secret ? textOf(node) : null;
  if (written === null) return null;
  if (issue.code === "invalid_value") {
    const meant = nearest(written, issue.values.map(String));
    return meant === null ? null : `did you mean \`${meant}\`?`;
  }
  const plain = ["number", "int", "boolean"];
  return issue.code === "invalid_type" && plain.includes(issue.expected)
    ? "without quotes; what a variable holds gets its type from a template's parameter"
    : null;
}

/** Whether a value, or something around it, is a reference that could not be resolved (yet). */
export function hasReference(root: TreeNode, path: Path): boolean {
  for (let length = 0; length <= path.length; length += 1) {
    const node = at(root, path.slice(0, length));
    if (node?.kind === "scalar" && node.parts !== null) return true;
  }
  return false;
}

function issueText(issue: Issue): string {
  switch (issue.code) {
    case "invalid_type":
      return `must be ${typeWords[issue.expected] ?? issue.expected}`;
    case "invalid_value":
      return issue.values.length === 1
        ? `must be ${String(issue.values[0])}`
        : `must be one of ${issue.values.map(String).join(", ")}`;
    case "too_small":
      return sizeText(issue.origin, "at least", Number(issue.minimum));
    case "too_big":
      return sizeText(issue.origin, "at most", Number(issue.maximum));
    case "invalid_format":
    case "invalid_union":
    case "custom":
      return issue.message;
    case "not_multiple_of":
    case "unrecognized_keys":
    case "invalid_key":
    case "invalid_element":
      return "has a wrong form";
  }
}

function sizeText(origin: string, bound: string, size: number): string {
  if (bound === "at least" && size === 1 && (origin === "string" || origin === "array")) {
    return "must not be empty";
  }
  if (origin === "string") return `must have ${bound} ${size} characters`;
  if (origin === "array") return `must have ${bound} ${size} entries`;
  return `must be ${bound} ${size}`;
}
