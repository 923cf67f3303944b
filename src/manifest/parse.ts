// Text to documents within fixed time and memory (P4): sizes, depth, aliases and the number of nodes are
// capped before anything walks the result, and duplicate keys are found in one pass, as the yaml
// package's own check is quadratic.
import { Composer, Lexer, LineCounter, Parser, isAlias, isMap, isScalar, isSeq } from "yaml";
import type { CST, Document, ParsedNode, Scalar } from "yaml";
import type { Place } from "../model/desired.ts";
import type { Report } from "./report.ts";
import { readText } from "./text.ts";
import { emptyMap, scalar } from "./tree.ts";
import type { Entry, TreeNode } from "./tree.ts";

export const parseLimits = {
  maxBytes: 1024 * 1024,
  maxDepth: 64,
  maxAliases: 100,
  /** Aliases expanded; a file of the largest size has room for this many short entries. */
  maxNodes: 100_000,
  maxDocuments: 5_000,
  /** What the composer may have to look at, each perhaps an error with a stack trace: `[,,,,…`. */
  maxLexemes: 200_000,
} as const;

export interface ParsedDocument {
  readonly root: TreeNode;
  /** Whether the document had problems of its own; what was read of it is kept to find its name. */
  readonly broken: boolean;
  /** Whether its text is no YAML: what seems to be missing may only have been lost. */
  readonly cut: boolean;
}

export interface ParsedFile {
  readonly documents: readonly ParsedDocument[];
  /** Whether documents may be missing from the list: the text could not be read to its end. */
  readonly incomplete: boolean;
}

class LimitError extends Error {}

const unreadable: ParsedFile = { documents: [], incomplete: true };

/** One file's documents. Problems go to the report; nothing is thrown. */
export function parseFile(file: string, content: Uint8Array, report: Report): ParsedFile {
  const start: Place = { file, line: 1, column: 1 };
  if (content.byteLength > parseLimits.maxBytes) {
    report.add(start, "is larger than 1 MiB", "split it, or leave it out with .capstanignore");
    return unreadable;
  }
  const read = readText(file, content);
  if ("message" in read) {
    report.add(start, read.message, read.hint);
    return unreadable;
  }
  const { text } = read;
  const lines = new LineCounter();
  const placeAt = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { file, line: Math.max(1, line), column: Math.max(1, col) };
  };
  try {
    const tokens = readTokens(text, lines);
    return compose(tokens, text, placeAt, report);
  } catch (error) {
    const limit = error instanceof LimitError;
    const message = limit ? error.message : "cannot be parsed as YAML";
    report.add(start, message, limit ? "make it simpler" : null);
    return unreadable;
  }
}

/** The parser's stack is watched while it grows: the composer after it is recursive. */
function readTokens(text: string, lines: LineCounter): readonly CST.Token[] {
  const parser = new Parser(lines.addNewLine);
  // Two levels of the stack are the document and its value.
  const tallest = parseLimits.maxDepth + 2;
  const tokens: CST.Token[] = [];
  let lexemes = 0;
  let documents = 0;
  lines.addNewLine(0);
  for (const lexeme of new Lexer().lex(text)) {
    lexemes += 1;
    if (lexemes > parseLimits.maxLexemes) throw new LimitError("has too many nodes");
    for (const token of parser.next(lexeme)) {
      if (token.type === "document" || token.type === "directive") documents += 1;
      tokens.push(token);
    }
    if (parser.stack.length > tallest) {
      throw new LimitError(`is nested deeper than ${parseLimits.maxDepth} levels`);
    }
    if (documents > parseLimits.maxDocuments) throw new LimitError("has too many documents");
  }
  for (const token of parser.end()) tokens.push(token);
  return tokens;
}

function compose(
  tokens: readonly CST.Token[],
  text: string,
  placeAt: (offset: number) => Place,
  report: Report,
): ParsedFile {
  const composer = new Composer({ uniqueKeys: false, version: "1.2", keepSourceTokens: false });
  const documents: ParsedDocument[] = [];
  let incomplete = false;
  for (const document of composer.compose(tokens, false, text.length)) {
    const before = report.count();
    let cut = false;
    for (const error of [...document.errors, ...document.warnings]) {
      report.add(placeAt(error.pos[0]), `is not valid YAML: ${firstSentence(error.message)}`);
      cut ||= error.name === "YAMLParseError";
    }
    incomplete ||= cut;
    if (document.directives.yaml.explicit === true && document.directives.yaml.version !== "1.2") {
      report.add(placeAt(document.range[0]), "only YAML 1.2 is read", "remove the %YAML line");
    }
    const { contents } = document;
    if (contents === null || (isScalar(contents) && contents.value === null)) {
      if (report.count() > before) incomplete = true;
      continue;
    }
    const root = convert(document, text, placeAt, report);
    documents.push({ root, broken: report.count() > before, cut });
  }
  return { documents, incomplete };
}

function firstSentence(message: string): string {
  return (message.split("\n")[0] ?? message).replace(/ at line \d+, column \d+:?$/, "");
}

function convert(
  document: Document.Parsed,
  text: string,
  placeAt: (offset: number) => Place,
  report: Report,
): TreeNode {
  const anchors = new Map<string, ParsedNode>();
  const open = new Set<ParsedNode>();
  let nodes = 0;
  let aliases = 0;

  const walk = (node: ParsedNode | null, depth: number, fallback: Place): TreeNode => {
    nodes += 1;
    if (nodes > parseLimits.maxNodes) throw new LimitError("has too many nodes");
    if (depth > parseLimits.maxDepth) {
      throw new LimitError(`is nested deeper than ${parseLimits.maxDepth} levels`);
    }
    if (node === null) return scalar(null, fallback);
    const place = placeAt(node.range[0]);
    if (isAlias(node)) {
      aliases += 1;
      if (aliases > parseLimits.maxAliases) {
        throw new LimitError(`uses more than ${parseLimits.maxAliases} aliases`);
      }
      const target = anchors.get(node.source);
      if (target === undefined || open.has(target)) {
        report.add(place, `the alias *${node.source} has no anchor before it`);
        return scalar(null, place);
      }
      return walk(target, depth, place);
    }
    if (node.anchor !== undefined) anchors.set(node.anchor, node);
    if (isScalar(node)) return walkScalar(node, place);
    open.add(node);
    try {
      if (isSeq(node)) {
        const items = node.items.map((item) => walk(item, depth + 1, place));
        return { kind: "list", place, items };
      }
      return isMap(node) ? walkMap(node.items, depth, place) : emptyMap(place);
    } finally {
      open.delete(node);
    }
  };

  const walkScalar = (node: Scalar.Parsed, place: Place): TreeNode => {
    const { value } = node;
    if (typeof value === "string") {
      if (value.includes("\0")) report.add(place, "holds a NUL character");
      else if (!value.isWellFormed()) report.add(place, "holds half of a character");
      const textAt = node.type === "BLOCK_LITERAL" ? blockStart(text, node.range[0]) : null;
      return textAt === null
        ? scalar(value, place)
        : { ...scalar(value, place), textAt: placeAt(textAt) };
    }
    if (typeof value === "number" || typeof value === "boolean") {
      return { ...scalar(value, place), spelling: node.source };
    }
    if (value !== null) report.add(place, "is of a type that manifests do not have");
    return scalar(null, place);
  };

  const walkMap = (
    pairs: readonly { readonly key: ParsedNode | null; readonly value: ParsedNode | null }[],
    depth: number,
    place: Place,
  ): TreeNode => {
    const entries = new Map<string, Entry>();
    for (const { key, value } of pairs) {
      const keyPlace = key === null ? place : placeAt(key.range[0]);
      if (!isScalar(key) || key.value === null || typeof key.value === "object") {
        report.add(keyPlace, "a key must be a plain word");
        continue;
      }
      if (key.anchor !== undefined) anchors.set(key.anchor, key);
      const name = typeof key.value === "string" ? key.value : key.source;
      if (name === "__proto__" || name.includes("\0") || !name.isWellFormed()) {
        report.add(keyPlace, "cannot be used as a key");
      } else if (entries.has(name)) {
        const { line } = entries.get(name)?.keyPlace ?? keyPlace;
        report.add(keyPlace, `\`${shorten(name)}\` is written twice, first in line ${line}`);
      } else {
        entries.set(name, { keyPlace, node: walk(value, depth + 1, keyPlace) });
      }
    }
    return { kind: "map", place, entries };
  };

  return walk(document.contents, 0, placeAt(document.range[0]));
}

/** Where the first character of a block of text stands, whose header is at `at`; null for an empty one. */
function blockStart(text: string, at: number): number | null {
  const lineEnd = text.indexOf("\n", at);
  if (lineEnd === -1) return null;
  // Leading empty lines are a part of the text: its places count from the line below the header.
  const indent = /^(?:[ \t]*\n)*( *)[^\s]/.exec(text.slice(lineEnd + 1))?.[1]?.length;
  return indent === undefined ? null : lineEnd + 1 + indent;
}

/** Names from a file in messages, bounded. */
export function shorten(text: string): string {
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}
