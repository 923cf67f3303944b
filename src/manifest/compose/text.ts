// The text of a compose file as plain data, with the place of each of its values: in its own file, or in the manifest
// that holds it. What Docker and Dokploy read differently, or not at all, is told here.
import { LineCounter, isAlias, isMap, isScalar, isSeq, parseAllDocuments, visit } from "yaml";
import type { Document, Node, Pair } from "yaml";
import { isMap as isPlainMap } from "../../model/compose-file.ts";
import type { ComposeFile, Plain } from "../../model/compose-file.ts";
import type { Place } from "../../model/desired.ts";
import type { Path } from "../tree.ts";

/** A text and where it begins. */
export interface ComposeText {
  readonly text: string;
  readonly at: Place;
  /** It is written into one value of which only the beginning is known: all of it is told there. */
  readonly isFolded: boolean;
}

export interface ReadCompose {
  readonly file: ComposeFile;
  readonly placeOf: (path: Path, on?: "key") => Place;
}

export type TellAt = (place: Place, message: string, hint?: string | null) => void;

const mostAliases = 1_000;

function firstSentence(message: string): string {
  return (message.split("\n")[0] ?? message).replace(/ at line \d+, column \d+:?$/, "");
}

/** The pair of a key, in the map itself or in what is merged into it. */
function pairOf(map: Node | null, key: string, document: Document): Pair<Node, Node | null> | null {
  const node = isAlias(map) ? (map.resolve(document) ?? null) : map;
  if (isSeq(node)) {
    for (const item of node.items) {
      const found = pairOf(item as Node, key, document);
      if (found !== null) return found;
    }
  }
  if (!isMap(node)) return null;
  const pairs = node.items as Pair<Node, Node | null>[];
  const named = (name: string) =>
    pairs.find((pair) => isScalar(pair.key) && String(pair.key.value) === name);
  const own = named(key);
  if (own !== undefined) return own;
  const merged = named("<<");
  return merged === undefined ? null : pairOf(merged.value, key, document);
}

function offsetOf(document: Document.Parsed, path: Path, on: "key" | undefined): number {
  let offset = document.contents?.range[0] ?? 0;
  let node: Node | null = document.contents;
  for (const [index, step] of path.entries()) {
    const list: unknown = isAlias(node) ? node.resolve(document) : node;
    if (isSeq(list)) {
      node = (list.items[Number(step)] as Node | undefined) ?? null;
    } else {
      const pair = pairOf(node, String(step), document);
      if (pair === null) return offset;
      offset = pair.key.range?.[0] ?? offset;
      if (on === "key" && index === path.length - 1) return offset;
      node = pair.value;
    }
    if (node === null) return offset;
    offset = node.range?.[0] ?? offset;
  }
  return offset;
}

/** Texts that Dokploy's parser and docker's take for different things. */
function tellAmbiguous(
  document: Document.Parsed,
  at: (offset: number) => Place,
  tell: TellAt,
): void {
  visit(document, {
    Scalar(_key, node) {
      if (typeof node.value !== "number" || !/^[-+]?0\d+$/.test(node.source ?? "")) return;
      const place = at(node.range?.[0] ?? 0);
      tell(place, "loses its leading zero: Dokploy reads it as another number", "put it in quotes");
    },
  });
}

/** Null where it cannot be read, which is told. */
export function readCompose(given: ComposeText, tell: TellAt): ReadCompose | null {
  const lines = new LineCounter();
  const at = (offset: number): Place => {
    if (given.isFolded) return given.at;
    const { line, col } = lines.linePos(offset);
    const { file, line: first, column } = given.at;
    return { file, line: first + Math.max(1, line) - 1, column: column + Math.max(1, col) - 1 };
  };
  try {
    const documents = parseAllDocuments(given.text, {
      ...{ lineCounter: lines, merge: true, logLevel: "silent", keepSourceTokens: false },
    });
    const [document, second] = documents;
    if (document === undefined) return empty(given, tell);
    const wrong = [...document.errors, ...document.warnings];
    for (const { pos, message } of wrong) {
      tell(at(pos[0]), `is not valid YAML: ${firstSentence(message)}`);
    }
    if (second !== undefined) {
      const hint = "make two compose services of it";
      tell(at(second.range[0]), "begins a second document, which docker does not read", hint);
    }
    if (wrong.length > 0 || second !== undefined) return null;
    const file = plain(document.toJS({ maxAliasCount: mostAliases }) as Plain);
    if (!isPlainMap(file)) return empty(given, tell);
    tellAmbiguous(document, at, tell);
    return { file, placeOf: (path, on) => at(offsetOf(document, path, on)) };
  } catch (error) {
    const isAliases = error instanceof ReferenceError;
    const message = isAliases ? "uses too many aliases" : "cannot be read: it is nested too deeply";
    tell(given.at, message, "make it simpler");
    return null;
  }
}

function empty({ at }: ComposeText, tell: TellAt): null {
  tell(at, "is no compose file: it has no `services`");
  return null;
}

/** Without what the parsers of two anchors share, and with keys as texts. */
function plain(value: Plain): Plain {
  return JSON.parse(JSON.stringify(value ?? null)) as Plain;
}
