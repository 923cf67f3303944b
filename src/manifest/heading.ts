// What a document says it is: `apiVersion`, `kind` and `metadata.name`. One with a mistake there is told
// and read on as what it probably means to be, so that its other mistakes are told at once.
import type { Place } from "../model/desired.ts";
import { sections } from "../model/manifest.ts";
import { apiVersion } from "../model/manifest-words.ts";
import { anyName, checkName } from "./names.ts";
import { shorten } from "./parse.ts";
import type { ParsedDocument } from "./parse.ts";
import type { Report } from "./report.ts";
import { didYouMean, nearest } from "./suggest.ts";
import { at, child, emptyMap, placeOf, scalar, textOf } from "./tree.ts";
import type { Entry, MapNode, TreeNode } from "./tree.ts";

export type Kind = "Stack" | "StackTemplate" | "Policy";

const kinds: readonly Kind[] = ["Stack", "StackTemplate", "Policy"];

export interface Heading {
  /** Null: nobody can tell, and nothing else of the document is checked. */
  readonly kind: Kind | null;
  /** The name when it may be used; null otherwise. */
  readonly name: string | null;
  /** As it is written, whatever it holds. */
  readonly written: string | null;
  /** Where the name stands, or the document. */
  readonly place: Place;
}

/** Tells what is wrong in a document's heading; `ignorable` is what .capstanignore would call its file. */
export function readHeading(
  { cut }: ParsedDocument,
  root: MapNode,
  ignorable: string,
  report: Report,
): Heading {
  const written = textOf(at(root, ["metadata", "name"]));
  const wrong = written === null ? null : checkName(anyName, written);
  const name = wrong === null ? written : null;
  const place = written === null ? root.place : placeOf(root, ["metadata", "name"]);

  const version = child(root, "apiVersion");
  const isOurs = textOf(version) === apiVersion;
  const kindNode = child(root, "kind");
  const kindText = textOf(kindNode);
  const kind = kinds.find((known) => known === kindText) ?? null;
  const meant = kind ?? meantKind(kindText) ?? (isOurs ? kindOfSpec(child(root, "spec")) : null);

  // Of a text that is no YAML nothing is known to be missing.
  if (!isOurs && !(cut && version === undefined)) {
    const missing =
      meant === null
        ? "has no apiVersion: it is not a manifest of Capstan"
        : "`apiVersion` is required";
    const message = version === undefined ? missing : `\`apiVersion\` must be ${apiVersion}`;
    const hint = `write apiVersion: ${apiVersion}, or add ${ignorable} to .capstanignore`;
    report.add(version?.place ?? root.place, message, hint, name);
  }
  // Another program's document, or one of which too little is left.
  if (!isOurs && meant === null) return { kind: null, name, written, place };
  if (kind === null && !(cut && kindNode === undefined)) {
    const hint =
      didYouMean(kindText ?? "", kinds) ?? (meant === null ? null : `write kind: ${meant}`);
    const message = "`kind` must be Stack, StackTemplate or Policy";
    report.add(kindNode?.place ?? root.place, message, hint, name);
  }
  if (meant !== null && name === null && !(cut && written === null)) {
    const message =
      written === null
        ? "`metadata.name` is required"
        : `the name \`${shorten(written)}\` ${wrong ?? ""}`;
    report.add(place, message, "a DNS label of 1 to 40 characters");
  }
  return { kind: meant, name, written, place };
}

function meantKind(text: string | null): Kind | null {
  const found = nearest(text ?? "", kinds);
  return kinds.find((known) => known === found) ?? null;
}

function kindOfSpec(spec: TreeNode | undefined): Kind | null {
  if (child(spec, "stack") !== undefined) return "StackTemplate";
  if (child(spec, "allow") !== undefined || child(spec, "match") !== undefined) return "Policy";
  const known = [...sections, "template", "environments"];
  return known.some((key) => child(spec, key) !== undefined) ? "Stack" : null;
}

/** The document with the heading that it should have; what was wrong there has been told. */
export function withHeading(root: MapNode, kind: Kind, name: string): MapNode {
  const written = [["apiVersion"], ["kind"], ["metadata", "name"]].map((path) =>
    textOf(at(root, path)),
  );
  const wanted = [apiVersion, kind, name];
  if (wanted.every((text, index) => text === written[index])) return root;
  const set = (map: MapNode, key: string, node: TreeNode): MapNode => {
    const entry: Entry = { keyPlace: map.entries.get(key)?.keyPlace ?? map.place, node };
    return { ...map, entries: new Map([...map.entries, [key, entry]]) };
  };
  const text = (path: readonly string[], value: string): TreeNode =>
    scalar(value, placeOf(root, path));
  const metadata = child(root, "metadata");
  const map = metadata?.kind === "map" ? metadata : emptyMap(placeOf(root, ["metadata"]));
  const named = set(map, "name", text(["metadata", "name"], name));
  const versioned = set(root, "apiVersion", text(["apiVersion"], apiVersion));
  return set(set(versioned, "kind", text(["kind"], kind)), "metadata", named);
}
