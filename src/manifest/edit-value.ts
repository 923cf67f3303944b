// One value of a YAML file set, added or removed, with every other byte of the file as it was: comments, layout,
// quotes, other documents. The file is not printed anew; the new text is put where the document's ranges say, and read
// again: an edit that changes anything else is refused. Pure.
import { isDeepStrictEqual } from "node:util";
import { isAlias, isCollection, isMap, isScalar, isSeq, parseAllDocuments } from "yaml";
import type { Document, ParsedNode } from "yaml";
import type { Path } from "./tree.ts";
import { appended, inserted, replaced, taken } from "./yaml-changes.ts";
import type { Change } from "./yaml-changes.ts";
import { isShownElsewhere, obstacle, pairOf } from "./yaml-layout.ts";
import type { PlainValue } from "./yaml-text.ts";

/** The new text, or why the value cannot be edited there, as a clause for people. */
export type Edited =
  { readonly ok: true; readonly text: string } | { readonly ok: false; readonly why: string };

/** In the place of a value: the key, or the item, goes. */
export const removed = Symbol("removed");

const refuse = (why: string): Edited => ({ ok: false, why });

type Documents = readonly Document.Parsed[];

function parse(text: string): Documents | null {
  const documents: Documents = parseAllDocuments(text, { keepSourceTokens: true });
  return documents.some(({ errors }) => errors.length > 0) ? null : documents;
}

function plain(document: Document.Parsed): unknown {
  return document.toJS({ maxAliasCount: 100 });
}

/** `value` below keys that are not there yet. */
function nested(path: Path, value: PlainValue): PlainValue {
  return path.reduceRight<PlainValue>(
    (below, key) => (typeof key === "number" ? [below] : { [key]: below }),
    value,
  );
}

/** Makes of `root`, a copy, what must be read of the document afterwards. */
function change(root: unknown, path: Path, value: PlainValue | typeof removed): void {
  let parent = root as Record<string | number, unknown>;
  for (const [index, key] of path.slice(0, -1).entries()) {
    const next = parent[key];
    if (typeof next !== "object" || next === null) {
      if (value !== removed) parent[key] = nested(path.slice(index + 1), value);
      return;
    }
    parent = next as Record<string | number, unknown>;
  }
  const last = path.at(-1) ?? "";
  if (value !== removed) parent[last] = value;
  else if (Array.isArray(parent)) parent.splice(Number(last), 1);
  else Reflect.deleteProperty(parent, last);
}

/** What is to be written at the place, or why it cannot be. Null: nothing is to be removed there. */
function changeAt(
  text: string,
  document: Document.Parsed,
  path: Path,
  value: PlainValue | typeof removed,
): Change | string | null {
  let node = document.contents;
  for (const [index, key] of path.entries()) {
    if (node === null) return "there is no map to put it into";
    const why = obstacle(document, node);
    if (why !== null) return why;
    const isLast = index === path.length - 1;
    const rest = path.slice(index + 1);
    if (isMap(node)) {
      const map = node;
      const pair = pairOf(map, String(key));
      if (pair === undefined) {
        return value === removed ? null : inserted(text, map, String(key), nested(rest, value));
      }
      const below = pair.value;
      const isEmpty = below === null || (isScalar(below) && below.source === "");
      if (!isLast && isEmpty) {
        return value === removed ? null : replaced(text, pair, nested(rest, value));
      }
      if (isLast) {
        const shown = below === null ? null : unchangeable(document, below);
        if (shown !== null) return shown;
        return value === removed ? taken(text, map, pair) : replaced(text, pair, value);
      }
      node = below;
    } else if (isSeq(node)) {
      const seq = node;
      const at = Number(key);
      const item = seq.items[at];
      if (item === undefined) {
        if (value === removed) return null;
        if (at !== seq.items.length) return "the list has no such item";
        return appended(text, seq, nested(rest, value));
      }
      if (isLast) {
        const shown = unchangeable(document, item);
        if (shown !== null) return shown;
        return value === removed ? taken(text, seq, item) : replaced(text, item, value);
      }
      node = item;
    } else {
      return value === removed ? null : "another value stands where a map is needed";
    }
  }
  return "there is no path to it";
}

function unchangeable(document: Document.Parsed, node: ParsedNode): string | null {
  const why = isAlias(node) ? obstacle(document, node) : null;
  if (why !== null) return why;
  if (isShownElsewhere(document, node)) {
    return "an anchor stands there: other places have the same value";
  }
  const { tag } = node;
  if (tag !== undefined && !isCollection(node)) return `the tag ${tag} stands there`;
  return null;
}

/**
 * The text with one value changed. `document` counts from 0, as the file's documents do; keys of `path` that are not
 * there are added, as is an item after a list's last one. A place whose value comes from somewhere else (an alias, a
 * merge key), or that other places show (an anchor), is refused, as is what cannot be done without touching comments.
 * What is in the text already leaves it as it is.
 */
export function editValue(
  text: string,
  document: number,
  path: Path,
  value: PlainValue | typeof removed,
): Edited {
  const before = parse(text);
  if (before === null) return refuse("the file is not valid YAML");
  const edited = before[document];
  if (edited === undefined || path.length === 0) return refuse("there is no such document");
  const expected = plain(edited);
  if (typeof expected !== "object" || expected === null) return refuse("the document is no map");
  change(expected, path, value);
  if (isDeepStrictEqual(expected, plain(edited))) return { ok: true, text };
  const made = changeAt(text, edited, path, value);
  if (made === null) return { ok: true, text };
  if (typeof made === "string") return refuse(made);
  const after = `${text.slice(0, made.from)}${made.text}${text.slice(made.to)}`;
  const read = parse(after);
  const isAsMeant =
    read?.length === before.length &&
    read.every((one, index) => {
      const old = before[index];
      const wanted = index === document || old === undefined ? expected : plain(old);
      return isDeepStrictEqual(plain(one), wanted);
    });
  return isAsMeant ? { ok: true, text: after } : refuse("it would change more than this value");
}
