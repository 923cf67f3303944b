// What one file holds, from its text alone: each document's kind and name, its references parsed. The same for
// the same file in every load, so that it can be read ahead or kept (see load-memory).
import type { Place, Problem } from "../model/desired.ts";
import { readHeading, withHeading } from "./heading.ts";
import { isBelow } from "./files.ts";
import type { SourceFileInput } from "./files.ts";
import { anyName, checkName } from "./names.ts";
import { parseFile } from "./parse.ts";
import type { ParsedDocument } from "./parse.ts";
import { withReferences } from "./references.ts";
import type { Report } from "./report.ts";
import type { StackDocument } from "./stack-document.ts";
import { at, isNull, textOf } from "./tree.ts";
import type { MapNode, TreeNode } from "./tree.ts";

export interface TemplateDocument {
  readonly name: string;
  readonly place: Place;
  readonly root: MapNode;
  readonly broken: boolean;
  /** Its name may not be used: it is checked only to tell the rest of its problems. */
  readonly unnamed: boolean;
}

export interface PolicyDocument {
  /** Null: it may not be used. */
  readonly name: string | null;
  readonly place: Place;
  readonly root: MapNode;
  /** Has problems already. */
  readonly broken: boolean;
}

/** A name that a document had before, as written; null where that cannot be told. */
export type Rename = readonly [name: string, former: string | null];

export interface FileDocuments {
  readonly stacks: readonly StackDocument[];
  readonly templates: readonly TemplateDocument[];
  readonly policies: readonly PolicyDocument[];
  /** Documents of which nobody can tell what they are meant to be. */
  readonly unknown: readonly Place[];
  /** Documents without a usable content. */
  readonly broken: readonly { readonly name: string; readonly place: Place }[];
  readonly renames: readonly Rename[];
  /** Stacks may be in it whose names are not known. */
  readonly namesUnknown: boolean;
  /** Whether documents may be missing: the text could not be read to its end. */
  readonly incomplete: boolean;
  /** As they were found; some may be the same. */
  readonly problems: readonly Problem[];
}

/** Stands for a name that may not be used, wherever one is needed to check the rest. */
const standInName = "unnamed";

type Sorted =
  | { readonly kind: "stack"; readonly found: FoundStack }
  | { readonly kind: "template"; readonly document: TemplateDocument }
  | { readonly kind: "policy"; readonly document: PolicyDocument }
  | {
      readonly kind: "broken";
      readonly name: string;
      readonly place: Place;
      readonly unknown?: true;
    }
  | { readonly kind: "nameless"; readonly unknown?: Place }
  | { readonly kind: "nothing" };

type FoundStack = Pick<StackDocument, "name" | "place" | "broken" | "unnamed"> & {
  readonly root: MapNode;
};

/** Everything in a file below `root`. Pure; problems are part of the answer. */
export function readFileDocuments(root: string, file: SourceFileInput): FileDocuments {
  const problems: Problem[] = [];
  const { sorted, renames, incomplete } = sortFile(root, file, recording(problems));
  const found = sorted.flatMap((one) => (one.kind === "stack" ? [one.found] : []));
  return {
    stacks: asDocuments(root, file, found),
    templates: sorted.flatMap((one) => (one.kind === "template" ? [one.document] : [])),
    policies: sorted.flatMap((one) => (one.kind === "policy" ? [one.document] : [])),
    unknown: sorted.flatMap((one) =>
      one.kind === "nameless"
        ? (one.unknown ?? [])
        : one.kind === "broken" && one.unknown === true
          ? [one.place]
          : [],
    ),
    incomplete,
    broken: sorted.filter((one) => one.kind === "broken"),
    renames,
    namesUnknown:
      incomplete ||
      sorted.some((one) => one.kind === "nameless" || (one.kind === "stack" && one.found.unnamed)),
    problems,
  };
}

function sortFile(
  root: string,
  { path, content }: SourceFileInput,
  report: Report,
): {
  readonly sorted: readonly Sorted[];
  readonly renames: readonly Rename[];
  readonly incomplete: boolean;
} {
  const { documents, incomplete } = parseFile(path, content, report);
  const ignorable = root === "" || !isBelow(root, path) ? path : path.slice(root.length + 1);
  const renames: Rename[] = [];
  const sorted = documents.map((document) => {
    const one = sortDocument(document, ignorable, report);
    renames.push(...renameOf(document.root, one));
    return one;
  });
  return { sorted, renames, incomplete };
}

/** Keeps what is told, in order. */
function recording(problems: Problem[]): Report {
  return {
    add(place, message, hint = null, stack = null) {
      problems.push({ place, message, hint, stack });
    },
    count: () => problems.length,
    sorted: () => problems,
  };
}

function dokployOf(root: MapNode): StackDocument["dokploy"] {
  const node = at(root, ["spec", "dokploy"]);
  return node === undefined ? null : { text: textOf(node), place: node.place };
}

const noLabels: ReadonlyMap<string, string> = new Map();

function labelsOf(root: MapNode): ReadonlyMap<string, string> {
  const labels = at(root, ["metadata", "labels"]);
  if (labels?.kind !== "map" || labels.entries.size === 0) return noLabels;
  return new Map(
    [...labels.entries].flatMap(([label, { node }]): [string, string][] => {
      const text = textOf(node);
      return text === null ? [] : [[label, text]];
    }),
  );
}

/** Trees are large beside the text of which they are made: who has built a stack lets go of its tree. */
function asDocuments(
  root: string,
  file: SourceFileInput,
  found: readonly FoundStack[],
): readonly StackDocument[] {
  const trees: (MapNode | null)[] = found.map(({ root: tree }) => tree);
  const readAgain = (): void => {
    const { sorted } = sortFile(root, file, recording([]));
    const again = sorted.flatMap((one) => (one.kind === "stack" ? [one.found.root] : []));
    trees.splice(0, trees.length, ...again);
  };
  return found.map(({ name, place, broken, unnamed, root: tree }, index) => ({
    ...{ name, place, broken, unnamed },
    dokploy: dokployOf(tree),
    labels: labelsOf(tree),
    tree() {
      if ((trees[index] ?? null) === null) readAgain();
      const known = trees[index] ?? null;
      if (known === null) throw new Error(`${file.path} has changed while it was in memory`);
      return known;
    },
    release() {
      trees[index] = null;
    },
  }));
}

/** What a document that may be a stack says of its name before: nothing, a name, or what cannot be told. */
function renameOf(root: TreeNode, sorted: Sorted): readonly Rename[] {
  const node = at(root, ["metadata", "previousName"]);
  if (node === undefined || isNull(node)) return [];
  const name =
    sorted.kind === "stack" ? sorted.found.name : sorted.kind === "broken" ? sorted.name : null;
  const former = textOf(node);
  const isPlain = former !== null && checkName(anyName, former) === null;
  return name === null ? [] : [[name, isPlain ? former : null]];
}

function sortDocument(document: ParsedDocument, ignorable: string, report: Report): Sorted {
  const { root: parsed, broken, cut } = document;
  if (parsed.kind !== "map") {
    const hint = "a manifest is a map; or add it to .capstanignore";
    if (!cut) report.add(parsed.place, "is not a manifest", hint);
    return { kind: "nameless", unknown: parsed.place };
  }
  const before = report.count();
  const { kind, name, written, place } = readHeading(document, parsed, ignorable, report);
  const unusable =
    name === null ? ({ kind: "nameless" } as const) : ({ kind: "broken", name, place } as const);
  if (kind === null) {
    return unusable.kind === "broken"
      ? { ...unusable, unknown: true }
      : { kind: "nameless", unknown: place };
  }

  const unnamed = name === null;
  const isTemplate = kind === "StackTemplate";
  const owner = kind === "Stack" ? name : null;
  const root = withReferences(withHeading(parsed, kind, name ?? standInName), report, owner);
  const failed = broken || unnamed || report.count() > before;
  // It defines no stack, whatever is wrong in it.
  if (kind === "Policy") {
    const map = root.kind === "map" ? root : parsed;
    return { kind: "policy", document: { name, place, root: map, broken: failed } };
  }
  if (root.kind !== "map") return unusable;
  // A template defines no stack; those that use it name themselves.
  if (isTemplate && unnamed && (broken || written === null)) return { kind: "nothing" };
  if (isTemplate) {
    const used = name ?? written ?? standInName;
    return { kind: "template", document: { name: used, place, root, broken: failed, unnamed } };
  }
  if (broken) return unusable;
  // A stack with mistakes in its references is still checked, so that all problems are told at once.
  const used = name ?? standInName;
  return { kind: "stack", found: { name: used, place, root, broken: failed, unnamed } };
}
