// Sorts the documents of all manifests into stacks and templates by `apiVersion` and `kind`, and keeps the
// names of those that cannot be used, as what they may define must not be pruned (O5).
import type { Place } from "../model/desired.ts";
import { apiVersion } from "../model/manifest-words.ts";
import { checkName, anyName } from "./names.ts";
import { parseFile, shorten } from "./parse.ts";
import { withReferences } from "./references.ts";
import type { Report } from "./report.ts";
import type { StackDocument } from "./stack.ts";
import { didYouMean } from "./suggest.ts";
import { at, child, placeOf, textOf } from "./tree.ts";
import type { MapNode } from "./tree.ts";

export interface TemplateDocument {
  readonly name: string;
  readonly place: Place;
  readonly root: MapNode;
  readonly broken: boolean;
}

export interface Documents {
  readonly stacks: readonly StackDocument[];
  readonly templates: readonly TemplateDocument[];
  /** Names that a document without a usable content may define, where it stands. */
  readonly broken: ReadonlyMap<string, readonly Place[]>;
  readonly namesUnknown: boolean;
}

const kinds = ["Stack", "StackTemplate"];

export function readDocuments(
  files: readonly { readonly path: string; readonly content: Uint8Array }[],
  report: Report,
): Documents {
  const stacks: StackDocument[] = [];
  const templates: TemplateDocument[] = [];
  const broken = new Map<string, Place[]>();
  let namesUnknown = false;
  for (const { path, content } of files) {
    const parsed = parseFile(path, content, report);
    namesUnknown ||= parsed.incomplete;
    for (const document of parsed.documents) {
      const sorted = sortDocument(document.root, document.broken, path, report);
      switch (sorted.kind) {
        case "stack":
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
  return { stacks, templates, broken, namesUnknown };
}

type Sorted =
  | { readonly kind: "stack"; readonly document: StackDocument }
  | { readonly kind: "template"; readonly document: TemplateDocument }
  | { readonly kind: "broken"; readonly name: string; readonly place: Place }
  | { readonly kind: "nameless" }
  | { readonly kind: "nothing" };

function sortDocument(
  parsed: ReturnType<typeof parseFile>["documents"][number]["root"],
  broken: boolean,
  file: string,
  report: Report,
): Sorted {
  if (parsed.kind !== "map") {
    report.add(parsed.place, "is no manifest", "a manifest is a map; or add it to .capstanignore");
    return { kind: "nameless" };
  }
  const name = textOf(at(parsed, ["metadata", "name"]));
  const stack = name !== null && checkName(anyName, name) === null ? name : null;
  const place = name === null ? parsed.place : placeOf(parsed, ["metadata", "name"]);
  const unusable: Sorted =
    stack === null ? { kind: "nameless" } : { kind: "broken", name: stack, place };

  const version = child(parsed, "apiVersion");
  if (textOf(version) !== apiVersion) {
    const message =
      version === undefined
        ? `has no apiVersion: it is no manifest of Capstan`
        : `\`apiVersion\` must be ${apiVersion}`;
    const hint = `write apiVersion: ${apiVersion}, or add ${file} to .capstanignore`;
    report.add(version?.place ?? parsed.place, message, hint, stack);
    return unusable;
  }
  const kind = textOf(child(parsed, "kind"));
  if (kind === null || !kinds.includes(kind)) {
    const at = child(parsed, "kind")?.place ?? parsed.place;
    const hint = didYouMean(kind ?? "", kinds);
    report.add(at, "`kind` must be Stack or StackTemplate", hint, stack);
    return unusable;
  }
  const isTemplate = kind === "StackTemplate";
  if (stack === null) {
    const message =
      name === null
        ? "`metadata.name` is required"
        : `the name \`${shorten(name)}\` ${checkName(anyName, name) ?? ""}`;
    report.add(place, message, "a DNS label of 1 to 40 characters");
    // A template defines no stack; those that use it name themselves.
    return isTemplate ? { kind: "nothing" } : { kind: "nameless" };
  }
  const before = report.count();
  const root = withReferences(parsed, report, isTemplate ? null : stack);
  const failed = broken || report.count() > before || root.kind !== "map";
  if (isTemplate && root.kind === "map") {
    return { kind: "template", document: { name: stack, place, root, broken: failed } };
  }
  // A stack with mistakes in its references is still checked, so that all problems are told at once.
  if (root.kind === "map" && !broken) {
    return { kind: "stack", document: { name: stack, place, root, broken: failed } };
  }
  return unusable;
}
