// Sorts the documents of all manifests into stacks and templates by `apiVersion` and `kind`, and keeps the
// names of those that cannot be used, as what they may define must not be pruned (O5).
import type { Place } from "../model/desired.ts";
import { readHeading, withHeading } from "./heading.ts";
import { anyName, checkName } from "./names.ts";
import { parseFile } from "./parse.ts";
import type { ParsedDocument } from "./parse.ts";
import { withReferences } from "./references.ts";
import type { Report } from "./report.ts";
import type { StackDocument } from "./stack.ts";
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

export interface Documents {
  readonly stacks: readonly StackDocument[];
  readonly templates: readonly TemplateDocument[];
  /** Names that a document without a usable content may define, where it stands. */
  readonly broken: ReadonlyMap<string, readonly Place[]>;
  /** By name: the names that documents say they had before, as written; null where that cannot be told. */
  readonly formerNames: ReadonlyMap<string, readonly (string | null)[]>;
  readonly namesUnknown: boolean;
}

/** Stands for a name that may not be used, wherever one is needed to check the rest. */
const standInName = "unnamed";

/** The documents of the manifests below `root`; problems go to the report. */
export function readDocuments(
  root: string,
  files: readonly { readonly path: string; readonly content: Uint8Array }[],
  report: Report,
): Documents {
  const stacks: StackDocument[] = [];
  const templates: TemplateDocument[] = [];
  const broken = new Map<string, Place[]>();
  const formerNames = new Map<string, (string | null)[]>();
  let namesUnknown = false;
  for (const { path, content } of files) {
    const parsed = parseFile(path, content, report);
    namesUnknown ||= parsed.incomplete;
    const ignorable = root === "" ? path : path.slice(root.length + 1);
    for (const document of parsed.documents) {
      const sorted = sortDocument(document, ignorable, report);
      for (const [name, former] of renameOf(document.root, sorted)) {
        formerNames.set(name, [...(formerNames.get(name) ?? []), former]);
      }
      switch (sorted.kind) {
        case "stack":
          namesUnknown ||= sorted.document.unnamed;
          stacks.push(sorted.document);
          break;
        case "template":
          templates.push(sorted.document);
          break;
        case "broken":
          broken.set(sorted.name, [...(broken.get(sorted.name) ?? []), sorted.place]);
          break;
        case "nameless":
          namesUnknown = true;
          break;
        case "nothing":
          break;
      }
    }
  }
  return { stacks, templates, broken, formerNames, namesUnknown };
}

type Sorted =
  | { readonly kind: "stack"; readonly document: StackDocument }
  | { readonly kind: "template"; readonly document: TemplateDocument }
  | { readonly kind: "broken"; readonly name: string; readonly place: Place }
  | { readonly kind: "nameless" }
  | { readonly kind: "nothing" };

/** What a document that may be a stack says of its name before: nothing, a name, or what cannot be told. */
function renameOf(
  root: TreeNode,
  sorted: Sorted,
): readonly (readonly [name: string, former: string | null])[] {
  const node = at(root, ["metadata", "previousName"]);
  if (node === undefined || isNull(node)) return [];
  const name =
    sorted.kind === "stack" ? sorted.document.name : sorted.kind === "broken" ? sorted.name : null;
  const former = textOf(node);
  const isPlain = former !== null && checkName(anyName, former) === null;
  return name === null ? [] : [[name, isPlain ? former : null]];
}

function sortDocument(document: ParsedDocument, ignorable: string, report: Report): Sorted {
  const { root: parsed, broken, cut } = document;
  if (parsed.kind !== "map") {
    const hint = "a manifest is a map; or add it to .capstanignore";
    if (!cut) report.add(parsed.place, "is not a manifest", hint);
    return { kind: "nameless" };
  }
  const before = report.count();
  const { kind, name, written, place } = readHeading(document, parsed, ignorable, report);
  const unusable: Sorted = name === null ? { kind: "nameless" } : { kind: "broken", name, place };
  if (kind === null) return unusable;

  const unnamed = name === null;
  const isTemplate = kind === "StackTemplate";
  const owner = isTemplate ? null : name;
  const root = withReferences(withHeading(parsed, kind, name ?? standInName), report, owner);
  const failed = broken || unnamed || report.count() > before;
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
  return { kind: "stack", document: { name: used, place, root, broken: failed, unnamed } };
}
